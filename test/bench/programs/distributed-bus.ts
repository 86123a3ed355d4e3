import { systemChance } from '#kernel';
import type { Message } from '#message-bus';
import { openKafkaBus } from '#message-bus/kafka';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { sharedServer } from '../../support/servers/index.js';
import type { Program } from '../harness/figure.js';
import { sharedEngines } from '../support/engines.js';

const size = 500;
const value = Buffer.from(JSON.stringify({ run: 'x'.repeat(300) }));
/** About a public event. */
const messages: readonly Message[] = Array.from({ length: size }, (_, i) => ({
  key: `run-${i % 50}`,
  headers: { ce_id: `${i}`, ce_type: 'holdfast.run.started.v1', 'content-type': 'application/json' },
  value,
}));

/** From the first of so many messages to the last. @returns messages a second */
function arrivals(count: number) {
  const { promise, resolve } = Promise.withResolvers<number>();
  let [seen, startedAt] = [0, 0];
  return {
    promise,
    arrived() {
      if (seen++ === 0) startedAt = performance.now();
      if (seen === count) resolve((count * 1000) / (performance.now() - startedAt));
    },
  };
}

/** The bus and bare kafkajs on one broker: batches of the same messages, and a topic read from its beginning by a group of its own. */
export const distributedBus: Program = async (full) => {
  const batches = full ? 100 : 30;
  await sharedEngines(['kafka']);
  const broker = sharedServer('kafka');
  const bus = await openKafkaBus({ brokers: [broker] });
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const name = () => `bench-${systemChance.uuid()}`;
  const [filled, oursTo, bareTo] = [name(), name(), name()];
  // The bus makes topics, so that all have the same partitions.
  for (const topic of [oursTo, bareTo]) await bus.publish(topic, messages);
  for (let i = 0; i < batches; i++) await bus.publish(filled, messages);
  const count = batches * size;

  async function rate(publish: () => Promise<unknown>): Promise<number> {
    const startedAt = performance.now();
    for (let i = 0; i < batches; i++) await publish();
    return (count * 1000) / (performance.now() - startedAt);
  }
  async function ours() {
    const published = await rate(() => bus.publish(oursTo, messages));
    const { promise, arrived } = arrivals(count);
    const subscription = bus.subscribe({ topics: [filled], group: name() }, arrived);
    const consumed = await promise;
    await subscription.close();
    return { 'distributed-bus.publish': published, 'distributed-bus.consume': consumed };
  }
  async function bare() {
    const records = messages.map((message) => ({ ...message, value, headers: { ...message.headers } }));
    const published = await rate(() => producer.send({ topic: bareTo, messages: records, acks: -1 }));
    const { promise, arrived } = arrivals(count);
    const consumer = kafka.consumer({ groupId: name() });
    await consumer.connect();
    await consumer.subscribe({ topics: [filled], fromBeginning: true });
    await consumer.run({
      eachMessage({ message: { key, headers } }) {
        // What whoever reads CloudEvents does.
        const texts = Object.fromEntries(Object.entries(headers ?? {}).map(([k, text]) => [k, String(text)]));
        if (texts['ce_id'] === undefined || String(key) === '') throw new Error('another message');
        return Promise.resolve(arrived());
      },
    });
    const consumed = await promise;
    await consumer.disconnect();
    return { 'distributed-bus.publish': published, 'distributed-bus.consume': consumed };
  }
  for (const side of [ours, bare]) await side();
  return {
    ours,
    bare,
    async close() {
      await bus.close();
      await producer.disconnect();
    },
  };
};
