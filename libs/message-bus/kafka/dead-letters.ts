import { randomUUID } from 'node:crypto';
import type { EachBatchPayload } from 'kafkajs';
import { isDeadLetterTopic, topicOfDeadLetters } from '../dead-letter.js';
import type { DeadLetters } from '../message-bus.js';
import { asAdmin, asBusError, type KafkaBusOptions } from './client.js';
import { within } from './deadline.js';
import { offsetsOf, openPositions } from './positions.js';
import { read } from './reading.js';

/** What is known without reasons is told without them, after this time. */
const reasonsMs = 5_000;

/** The newest record of a partition that holds something. */
interface Newest {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly messages: number;
}

/** How many lie there, and why the newest of each topic does. */
export async function listDeadLetters(
  options: KafkaBusOptions,
  prefix: string,
): Promise<readonly DeadLetters[]> {
  const newest = await newestOf(options, prefix);
  if (newest.length === 0) return [];
  const reasons = await reasonsOf(options, newest);
  return [...Map.groupBy(newest, ({ topic }) => topic)]
    .map(([topic, partitions]) => {
      const messages = partitions.reduce((sum, one) => sum + one.messages, 0);
      const newestReason = reasons.get(topic)?.text;
      return {
        topic: topicOfDeadLetters(topic),
        messages,
        ...(newestReason === undefined ? {} : { newestReason }),
      };
    })
    .sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

const newestOf = (options: KafkaBusOptions, prefix: string): Promise<readonly Newest[]> =>
  asAdmin(options, async (admin) => {
    const topics = (await admin.listTopics()).filter(
      (name) => name.startsWith(prefix) && isDeadLetterTopic(name),
    );
    const found = await Promise.all(
      topics.map(async (topic) =>
        (await offsetsOf(admin, topic)).map(({ partition, low, high }) => {
          const messages = Number(BigInt(high) - BigInt(low));
          return { topic, partition, messages, offset: String(BigInt(high) - 1n) };
        }),
      ),
    );
    return found.flat().filter(({ messages }) => messages > 0);
  });

/** Of each topic the reason of the record with the latest time; of some perhaps none. */
async function reasonsOf(
  options: KafkaBusOptions,
  newest: readonly Newest[],
): Promise<ReadonlyMap<string, { readonly at: string; readonly text: string }>> {
  const reasons = new Map<string, { readonly at: string; readonly text: string }>();
  const left = new Set(newest.map(({ topic, partition }) => `${topic}/${partition}`));
  const done = Promise.withResolvers<void>();
  const groupId = `${options.clientId ?? 'holdfast'}.look.${randomUUID()}`;

  function take({ batch: { topic, partition, messages } }: EachBatchPayload): Promise<void> {
    const last = messages.at(-1);
    const known = reasons.get(topic);
    if (last && (known === undefined || last.timestamp > known.at))
      reasons.set(topic, { at: last.timestamp, text: String(last.headers?.['x-error-message'] ?? '') });
    left.delete(`${topic}/${partition}`);
    if (left.size === 0) done.resolve();
    return Promise.resolve();
  }

  const topics = [...new Set(newest.map(({ topic }) => topic))];
  const reading = {
    groupId,
    topics,
    positions: openPositions(newest),
    isBusy: () => false,
    joined: () => {},
  };
  const ending = within(reasonsMs, done.promise).catch(() => undefined);
  try {
    await read(options, { ...reading, take }, ending);
  } catch (error) {
    throw asBusError(error);
  } finally {
    await asAdmin(options, (admin) => admin.deleteGroups([groupId])).catch(() => undefined);
  }
  return reasons;
}
