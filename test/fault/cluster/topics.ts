import { Kafka, logLevel } from 'kafkajs';
import { systemChance, systemClock } from '#kernel';
import type { Facts, ToldFact } from './facts.js';

/** How long a relay may take to tell what it was late with, and a group to take what it was late with. */
const patienceMs = 180_000;
const internal = /^__/;

/**
 * Each of the topics from its beginning, read by a bare client, until all that is expected has come and all that is there was read.
 * @param expected ids, and the topic of each, which its relay makes when it has something to tell; what never comes is missing in the answer
 */
export async function readTopics(
  broker: string,
  topics: readonly string[],
  expected: ReadonlyMap<string, string>,
): Promise<Record<string, ToldFact[]>> {
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const told: Record<string, ToldFact[]> = Object.fromEntries(topics.map((topic) => [topic, []]));
  const [missing, read] = [new Set(expected.keys()), new Map<string, number>()];
  // Its end waits for its last request.
  const consumer = kafka.consumer({ groupId: `checker-${systemChance.uuid()}`, maxWaitTimeInMs: 100 });
  const until = systemClock.monotonicMs() + patienceMs;
  await admin.connect();
  const wanted = new Set(expected.values());
  let there = new Set(await admin.listTopics());
  while (!wanted.isSubsetOf(there) && systemClock.monotonicMs() < until) {
    await systemClock.sleep(50);
    there = new Set(await admin.listTopics());
  }
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: topics.filter((topic) => there.has(topic)), fromBeginning: true });
    await consumer.run({
      eachMessage: ({ topic, partition, message: { headers = {}, offset } }) => {
        const [id, subject] = [headers['ce_id'], headers['ce_subject']].map(String);
        told[topic]?.push({ id: id as string, subject: subject as string });
        missing.delete(id as string);
        read.set(`${topic} ${partition}`, Number(offset) + 1);
        return Promise.resolve();
      },
    });
    const behind = async () => {
      for (const topic of topics.filter((name) => there.has(name)))
        for (const { partition, high } of await admin.fetchTopicOffsets(topic))
          if ((read.get(`${topic} ${partition}`) ?? 0) < Number(high)) return true;
      return false;
    };
    while ((missing.size > 0 || (await behind())) && systemClock.monotonicMs() < until)
      await systemClock.sleep(50);
  } finally {
    await consumer.disconnect();
    await admin.disconnect();
  }
  return told;
}

/** What lies in topics of dead letters, and what groups have not taken, once they have been given time for it. */
export async function waitingIn(broker: string): Promise<Facts['waiting']> {
  const until = systemClock.monotonicMs() + patienceMs;
  for (;;) {
    const found = await waitingNow(broker);
    const isRead = found.every(({ messages, group }) => messages === 0 || group === undefined);
    if (isRead || systemClock.monotonicMs() > until)
      return found.map(({ where, messages }) => ({ where, messages }));
    await systemClock.sleep(200);
  }
}

interface Waiting {
  readonly where: string;
  readonly messages: number;
  /** Who will take them; nobody takes dead letters. */
  readonly group?: string;
}

async function waitingNow(broker: string): Promise<readonly Waiting[]> {
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const found: Waiting[] = [];
    const topics = (await admin.listTopics()).filter((topic) => !internal.test(topic));
    for (const topic of topics.filter((name) => name.endsWith('.dead-letters'))) {
      const offsets = await admin.fetchTopicOffsets(topic);
      const messages = offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
      found.push({ where: topic, messages });
    }
    for (const { groupId } of (await admin.listGroups()).groups) {
      if (groupId.startsWith('checker-')) continue;
      for (const { topic, partitions } of await admin.fetchOffsets({ groupId })) {
        const ends = new Map(
          (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]),
        );
        for (const { partition, offset } of partitions) {
          // A group that never commits keeps nothing for anybody.
          if (Number(offset) < 0) continue;
          const messages = (ends.get(partition) ?? 0) - Number(offset);
          found.push({ where: `${topic}[${partition}] for ${groupId}`, messages, group: groupId });
        }
      }
    }
    return found;
  } finally {
    await admin.disconnect();
  }
}
