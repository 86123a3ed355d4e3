import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel, Partitioners, type Message } from 'kafkajs';
import { parseCloudEvent, type MessageBus } from '#message-bus';
import { openKafkaBus } from '#message-bus/kafka';
import { sharedServer } from '../support/servers/index.js';
import { received, sample } from './kafka-samples.js';

describe('kafka: what strangers put on a topic', () => {
  const brokers = [sharedServer('kafka')];
  const stranger = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const producer = stranger.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  const admin = stranger.admin();
  let bus: MessageBus;
  beforeAll(async () => {
    bus = await openKafkaBus({ brokers, partitions: 1 });
    await Promise.all([producer.connect(), admin.connect()]);
  });
  afterAll(() => Promise.all([bus.close(), producer.disconnect(), admin.disconnect()]));

  /** What the stranger's messages become, with a proper one behind them. */
  async function readBehind(messages: Message[], topic = `test.${randomUUID()}`) {
    const box = received();
    const reader = bus.subscribe({ topics: [topic], group: topic }, box.take);
    const letters = received();
    const dead = bus.subscribe({ topics: [`${topic}.dead-letters`], group: topic }, letters.take);
    await Promise.all([reader.ready, dead.ready]);
    await producer.send({ topic, messages });
    await bus.publish(topic, [sample('k', 'behind')]);
    await box.holds(['behind']);
    await Promise.all([reader.close(), dead.close()]);
    return {
      topic,
      deliveries: box.deliveries.filter((one) => box.textOf(one) !== 'behind'),
      letters: letters.deliveries,
    };
  }

  it('has the shape of the port: no key, no value, no headers, bytes that are no text, names that come twice', async () => {
    const notUtf8 = Buffer.from([0xff, 0xfe]);
    const { deliveries } = await readBehind([
      { key: null, value: null },
      { key: notUtf8, value: notUtf8, headers: { bytes: notUtf8, empty: Buffer.alloc(0) } },
      { key: 'twice', value: 'v', headers: { a: ['first', 'last'], ['__proto__']: 'p', constructor: 'c' } },
    ]);
    expect(
      deliveries.map(({ key, headers, attempt }) => ({ key, attempt, headers: { ...headers } })),
    ).toEqual([
      { key: '', attempt: 1, headers: {} },
      { key: '��', attempt: 1, headers: { bytes: '��', empty: '' } },
      { key: 'twice', attempt: 1, headers: { a: 'last', ['__proto__']: 'p', ['constructor']: 'c' } },
    ]);
    expect(deliveries.map(({ value }) => Buffer.from(value).toString('hex'))).toEqual(['', 'fffe', '76']);
  });

  it('keeps its bytes in the dead letters and when it is replayed, with a key and headers that are no text', async () => {
    const topic = `test.${randomUUID()}`;
    const bytes = Buffer.from([0xff, 0, 0xfe]);
    let healthy = false;
    const [box, letters] = [received(), received()];
    const worker = bus.subscribe({ topics: [topic], group: topic, maxAttempts: 1 }, (delivery) => {
      if (!healthy) throw new Error('not yet');
      box.take(delivery);
    });
    const dead = bus.subscribe({ topics: [`${topic}.dead-letters`] }, letters.take);
    await Promise.all([worker.ready, dead.ready]);
    await producer.send({
      topic,
      messages: [{ key: bytes, value: bytes, headers: { h: bytes, ce_id: '1' } }],
    });
    await letters.until(() => letters.deliveries.length > 0);
    healthy = true;
    expect(await bus.replay(topic)).toBe(1);
    await box.until(() => box.deliveries.length > 0);
    await worker.close();
    const found = await rawLast(topic);
    expect(found.key?.equals(bytes)).toBe(true);
    expect(found.value?.equals(bytes)).toBe(true);
    expect(Object.keys(found.headers ?? {}).sort()).toEqual(['ce_id', 'h']);
    expect((found.headers?.['h'] as Buffer).equals(bytes)).toBe(true);
  });

  it('of 10 MB goes to the dead letters with the reason and without the bytes, and the next one is delivered', async () => {
    const topic = `test.${randomUUID()}`;
    const configEntries = [{ name: 'max.message.bytes', value: '20000000' }];
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
    const { deliveries } = await readBehind([{ key: 'k', value: Buffer.alloc(10_000_000) }], topic);
    expect(deliveries).toEqual([]);
    const { value, headers } = await rawLast(`${topic}.dead-letters`);
    expect(value).toHaveLength(0);
    expect(String(headers?.['x-error-message'])).toBe('a message of 10000000 bytes; at most 1000000');
    expect(String(headers?.['x-error-value-bytes'])).toBe('10000000');
    expect(await bus.replay(topic)).toBe(0);
  });

  it('may be no CloudEvent at all, or one of a version to come: reading it says why', async () => {
    const { deliveries } = await readBehind([
      { key: 'k', value: '{}' },
      {
        key: 'k',
        value: 'no JSON',
        headers: { ce_specversion: '2.0', ce_id: '1', ce_source: '/s', ce_type: 't' },
      },
    ]);
    expect(deliveries).toHaveLength(2);
    for (const delivery of deliveries)
      expect(() => parseCloudEvent(delivery)).toThrow(
        expect.objectContaining({ code: 'CLOUD_EVENT_INVALID' }),
      );
  });

  /** The last message as the broker has it. */
  async function rawLast(topic: string) {
    const consumer = stranger.consumer({ groupId: `stranger-${randomUUID()}`, maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const [end] = await admin.fetchTopicOffsets(topic);
    const last = Promise.withResolvers<Message & { key: Buffer | null; value: Buffer | null }>();
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        if (BigInt(message.offset) === BigInt(end!.high) - 1n) last.resolve(message);
      },
    });
    const found = await last.promise;
    await consumer.disconnect();
    return found;
  }
});
