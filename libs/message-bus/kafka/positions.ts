import type { Consumer } from 'kafkajs';
import { asAdmin, type KafkaBusOptions } from './client.js';

export type Partition = { readonly topic: string; readonly partition: number };

/** Where a reader without a group goes on in each partition; the broker keeps nothing of it. */
export interface Positions {
  /** Of a partition that was added since: from its first message. */
  next(at: Partition): string;
  /** It was handled. */
  passed(at: Partition, offset: string): void;
}

const nameOf = ({ topic, partition }: Partition) => `${topic}/${partition}`;

export function openPositions(offsets: readonly (Partition & { readonly offset: string })[]): Positions {
  const first = new Map(offsets.map((at) => [nameOf(at), at.offset]));
  const handled = new Map<string, string>();
  return {
    next(at) {
      const last = handled.get(nameOf(at));
      return last === undefined ? (first.get(nameOf(at)) ?? '0') : String(BigInt(last) + 1n);
    },
    passed: (at, offset) => void handled.set(nameOf(at), offset),
  };
}

/** The ends of all partitions as they are now. */
export const endsOf = (options: KafkaBusOptions, topics: readonly string[]): Promise<Positions> =>
  asAdmin(options, async (admin) => {
    const ends: (Partition & { offset: string })[] = [];
    for (const topic of topics)
      for (const { partition, high } of await admin.fetchTopicOffsets(topic))
        ends.push({ topic, partition, offset: high });
    return openPositions(ends);
  });

/** After every assignment: kafkajs has forgotten by then where it was. */
export function seekAll(
  consumer: Consumer,
  positions: Positions,
  assignment: Readonly<Record<string, readonly number[]>>,
): void {
  for (const [topic, partitions] of Object.entries(assignment))
    for (const partition of partitions)
      consumer.seek({ topic, partition, offset: positions.next({ topic, partition }) });
}
