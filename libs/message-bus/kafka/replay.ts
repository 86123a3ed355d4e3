import { randomUUID } from 'node:crypto';
import type { EachBatchPayload } from 'kafkajs';
import { deadLetterTopic } from '../dead-letter.js';
import { asAdmin, asBusError, type KafkaBusOptions } from './client.js';
import { offsetsOf, openPositions } from './positions.js';
import { read } from './reading.js';
import { undead, type Outgoing } from './record.js';

type Range = { readonly partition: number; readonly low: string; readonly high: string };

/** Publishes what lies in the dead letters of a topic now, then deletes it there. */
export async function replayDeadLetters(
  options: KafkaBusOptions,
  {
    topic,
    limit = Number.POSITIVE_INFINITY,
  }: { readonly topic: string; readonly limit?: number | undefined },
  put: (topic: string, messages: readonly Outgoing[]) => Promise<void>,
): Promise<number> {
  const letters = deadLetterTopic(topic);
  const ranges = await rangesOf(options, letters);
  const left = new Map(ranges.map(({ partition, high }) => [partition, BigInt(high)]));
  if (left.size === 0) return 0;
  const moved = new Map<number, string>();
  const done = Promise.withResolvers<void>();
  let count = 0;

  async function take({ batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> {
    const end = left.get(batch.partition);
    if (end === undefined) return;
    const now = batch.messages.filter(({ offset }) => BigInt(offset) < end).slice(0, limit - count);
    const back = now.map(undead).filter((message) => message !== undefined);
    if (back.length > 0) await put(topic, back);
    count += back.length;
    const last = now.at(-1);
    if (last) {
      moved.set(batch.partition, String(BigInt(last.offset) + 1n));
      resolveOffset(last.offset);
    }
    await heartbeat();
    if (BigInt(batch.lastOffset()) + 1n >= end) left.delete(batch.partition);
    if (left.size === 0 || count >= limit) done.resolve();
  }

  const positions = openPositions(
    ranges.map(({ partition, low }) => ({ topic: letters, partition, offset: low })),
  );
  const groupId = `${options.clientId ?? 'holdfast'}.replay.${randomUUID()}`;
  const reading = { groupId, topics: [letters], positions, isBusy: () => false, joined: () => {}, take };
  try {
    await read(options, reading, done.promise);
  } catch (error) {
    throw asBusError(error);
  } finally {
    await asAdmin(options, async (admin) => {
      await admin.fetchTopicOffsets(letters);
      const partitions = [...moved].map(([partition, offset]) => ({ partition, offset }));
      if (partitions.length > 0) await admin.deleteTopicRecords({ topic: letters, partitions });
      await admin.deleteGroups([groupId]).catch(() => undefined);
    });
  }
  return count;
}

/** Of the partitions that hold something; none when nobody has made the topic. */
const rangesOf = (options: KafkaBusOptions, topic: string): Promise<Range[]> =>
  asAdmin(options, async (admin) => {
    if (!(await admin.listTopics()).includes(topic)) return [];
    const offsets = await offsetsOf(admin, topic);
    return offsets.filter(({ low, high }) => BigInt(low) < BigInt(high));
  });
