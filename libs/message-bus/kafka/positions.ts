import type { Admin, Consumer } from 'kafkajs';
import { asAdmin, brokerError, type KafkaBusOptions } from './client.js';
import { pause } from './deadline.js';

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

/** What a broker says of a topic that has just been made, or whose leader is another now. */
const noLeaderYet = /^(NOT_LEADER_FOR_PARTITION|LEADER_NOT_AVAILABLE|UNKNOWN_TOPIC_OR_PARTITION)$/;

/** What each partition holds, asked again for a moment while it has no leader. */
export async function offsetsOf(
  admin: Admin,
  topic: string,
): Promise<readonly { readonly partition: number; readonly low: string; readonly high: string }[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await admin.fetchTopicOffsets(topic);
    } catch (error) {
      if (tries > 20 || !noLeaderYet.test(brokerError(error) ?? '')) throw error;
      await pause(100);
    }
  }
}

/** The ends of all partitions as they are now. */
export const endsOf = (options: KafkaBusOptions, topics: readonly string[]): Promise<Positions> =>
  asAdmin(options, async (admin) => {
    const ends: (Partition & { offset: string })[] = [];
    for (const topic of topics)
      for (const { partition, high } of await offsetsOf(admin, topic))
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
