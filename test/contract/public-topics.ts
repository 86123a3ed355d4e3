import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';

/** One record of a topic, as a client that knows nothing of us has it. */
export interface PublicRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What lies on these topics, each partition from its beginning to its end, as soon as that is enough. */
export async function readUntil(
  broker: string,
  topics: readonly string[],
  isEnough: (records: readonly PublicRecord[]) => boolean,
): Promise<readonly PublicRecord[]> {
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
  const [admin, consumer] = [
    kafka.admin(),
    kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 100 }),
  ];
  await Promise.all([admin.connect(), consumer.connect()]);
  const areThere = async () => new Set(topics).isSubsetOf(new Set(await admin.listTopics()));
  while (!(await areThere())) await new Promise((resolve) => setTimeout(resolve, 50));
  const records: PublicRecord[] = [];
  const read = new Map<string, number>();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: ({ topic, partition, message }) => {
      const { key, value, offset, headers = {} } = message;
      const texts = Object.entries(headers).map(([name, text]) => [name, String(text)] as const);
      records.push({
        ...{ topic, partition, key: String(key), text: String(value) },
        headers: Object.fromEntries(texts),
      });
      read.set(`${topic} ${partition}`, Number(offset) + 1);
      return Promise.resolve();
    },
  });
  const isBehind = async () => {
    for (const topic of topics)
      for (const { partition, high } of await admin.fetchTopicOffsets(topic))
        if ((read.get(`${topic} ${partition}`) ?? 0) < Number(high)) return true;
    return false;
  };
  while ((await isBehind()) || !isEnough(records)) await new Promise((resolve) => setTimeout(resolve, 50));
  await Promise.all([consumer.disconnect(), admin.disconnect()]);
  return records;
}
