import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel, Partitioners, type Message } from 'kafkajs';
import { systemClock } from '#kernel';
import { scheduler as contracts } from '#contracts';
import { declare, ended, key, reason, submit, type Experiment } from '../support/experiment.js';
import { startServer, type TestServer } from '../support/servers/index.js';
import { startTogether } from '../support/start-together.js';
import type { System } from '../support/system.js';

const [wakeUps, heartbeats, telemetry] = [
  'holdfast.wake-ups.v1',
  'holdfast.heartbeats.v1',
  'holdfast.telemetry.v1',
] as const;
const topics = [wakeUps, heartbeats, telemetry];

const small = (name: string, script: string): Experiment => ({
  ...{ namespace: 'hostile', name, files: { 'step.mjs': script } },
  blueprint: { steps: { only: { run: ['node', 'step.mjs'] } } },
});

const notUtf8 = Buffer.from([0xff, 0xfe, 0, 0xc0, 0x80]);
const executor = '3f0e9c1a-5b1d-4c52-9d0a-0d4f3a0c7b11';
const json = (value: unknown) => JSON.stringify(value);

/** What any of them may find on its topic. */
const anything = (own: string): Message[] => [
  { key: null, value: null },
  {
    key: notUtf8,
    value: notUtf8,
    headers: { step: notUtf8, fold: notUtf8, executor: notUtf8, channel: notUtf8 },
  },
  { key: own, value: '', headers: { ['__proto__']: 'x', constructor: 'y', step: ['a', 'b'] } },
  { key: own, value: 'no JSON', headers: { 'content-type': 'text/html', ce_specversion: '9.9' } },
  { key: own, value: '['.repeat(500_000) },
  { key: own, value: `{"a":`.repeat(100_000) },
  { key: own, value: `{"executor":"${'x'.repeat(900_000)}","leases":[]}` },
  { key: own, value: `[${'1e999,'.repeat(1000)}0]` },
  ...['null', '7', '[]', '{}', '"text"'].map((value) => ({ key: own, value })),
  {
    key: own,
    value: json({ type: 'holdfast.of-a-time-to-come.v99', v: 99 }),
    headers: { ce_type: 'unknown.v99' },
  },
  { key: own, value: json({ executor, leases: 'all' }) },
  { key: own, value: json({ executor, leases: [null, 1, { run: 7, epoch: 'x' }] }) },
  { key: own, value: json({ executor: { toString: 1 }, leases: [] }) },
  ...['-1', 'NaN', '9'.repeat(40), 'x'].map((fold) => ({ key: own, value: 'x', headers: { fold } })),
  { key: own, value: 'x', headers: { channel: 'x'.repeat(20_000) } },
  { key: own, value: Buffer.alloc(10_000_000, 0x5b) },
];

/** Whoever is asked without a pause has no time for what is waited for. */
const askEveryMs = 50;

describe('what strangers put on the topics of services', () => {
  let [broker, system] = [undefined as unknown as TestServer, undefined as unknown as System];
  beforeAll(async () => {
    broker = await startServer('kafka');
    await asStranger(({ admin }) =>
      admin.createTopics({
        topics: topics.map((topic) => ({
          ...{ topic, numPartitions: 1 },
          configEntries: [
            { name: 'max.message.bytes', value: '20000000' },
            { name: 'compression.type', value: 'uncompressed' },
          ],
        })),
      }),
    );
    system = await startTogether({ env: { HOLDFAST_MESSAGE_BUS: `kafka://${broker.url}` } });
    await declare(system, small('short', 'console.log("short")'));
  });
  afterAll(async () => {
    await system?.close();
    await broker?.stop();
  });

  async function asStranger<T>(work: (tools: ReturnType<typeof toolsOf>) => Promise<T>): Promise<T> {
    const tools = toolsOf(broker.url);
    await Promise.all([tools.admin.connect(), tools.producer.connect()]);
    try {
      return await work(tools);
    } finally {
      await Promise.all([tools.admin.disconnect(), tools.producer.disconnect()]);
    }
  }
  const put = (topic: string, messages: Message[]) =>
    asStranger(async ({ producer }) => {
      for (const message of messages) await producer.send({ topic, messages: [message] });
    });
  const listed = async () => {
    const { deadLetters } = await system.connection.scheduler.listDeadLetters({});
    return Object.fromEntries(deadLetters.map(({ topic, ...letters }) => [topic, letters]));
  };
  /** Delivered in order, so whoever has come to the last one has passed them all. */
  const untilPassed = async (topic: string, count: number) => {
    await put(topic, [{ key: 'last', value: Buffer.alloc(1_500_000) }]);
    while (((await listed())[topic]?.messages ?? 0) < count) await systemClock.sleep(askEveryMs);
  };
  const shortRun = async () => ended(system, await submit(system, { namespace: 'hostile', name: 'short' }));
  const tooLarge = 'a message of 1500000 bytes; at most 1000000';

  it('wakes executors or does not: none of it stops them, and what is too large is put aside', async () => {
    await put(wakeUps, anything('default'));
    await untilPassed(wakeUps, 2);
    expect(await listed()).toEqual({ [wakeUps]: { messages: 2, newestReason: tooLarge } });
    expect((await shortRun()).status).toBe(contracts.RunStatus.RUN_STATUS_COMPLETED);
  });

  it('is no heartbeat: each is put aside with the reason, and heartbeats behind it are heard', async () => {
    const hostile = anything(executor);
    await put(heartbeats, hostile);
    const known = { executor, leases: [], since: 'a later release' };
    await put(heartbeats, [{ key: executor, value: json(known) }]);
    await untilPassed(heartbeats, hostile.length + 1);
    expect((await listed())[heartbeats]).toEqual({ messages: hostile.length + 1, newestReason: tooLarge });
    const { status, attempts } = await shortRun();
    expect([status, attempts.length]).toEqual([contracts.RunStatus.RUN_STATUS_COMPLETED, 1]);
  });

  it('is shown to nobody as output of a step, and real output goes on being shown', async () => {
    await declare(system, small('long', 'setInterval(() => console.log("alive"), 50)'));
    const run = await submit(system, { namespace: 'hostile', name: 'long' });
    const stop = new AbortController();
    const pieces = system.connection.scheduler.tailLogs(
      { namespace: 'hostile', id: run.id, follow: true, shown: [] },
      { signal: stop.signal },
    );
    const own = `run-${run.id}`;
    const putting = Promise.withResolvers<void>();
    let [seen, behind] = [0, 0];
    let isPut = false;
    for await (const { data, fold } of pieces) {
      const text = Buffer.from(data).toString();
      if (!text.includes('alive')) expect([text.length, fold]).toEqual([text.length, undefined]);
      if (++seen === 1)
        put(telemetry, anything(own)).then(() => {
          isPut = true;
          putting.resolve();
        }, putting.reject);
      // What is shown may have been on its way before the last of them was put aside.
      if (isPut && text.includes('alive') && ++behind >= 3 && telemetry in (await listed())) break;
    }
    stop.abort();
    await putting.promise;
    expect((await listed())[telemetry]).toEqual({
      ...{ messages: 1, newestReason: 'a message of 10000000 bytes; at most 1000000' },
    });
    await system.connection.scheduler.cancelRun({ namespace: 'hostile', id: run.id, reason }, key());
    expect((await ended(system, run)).status).toBe(contracts.RunStatus.RUN_STATUS_CANCELLED);
  });

  it('is replayed by a command that says why, and what is still poisonous is put aside again', async () => {
    const { scheduler } = system.connection;
    const before = (await listed())[heartbeats]!.messages;
    const bad = { topic: 'somebody.elses', limit: 0, reason: '' };
    await expect(scheduler.replayDeadLetters(bad, key())).rejects.toMatchObject({
      kind: 'invalid',
      problems: [{ code: 'TOPIC_INVALID' }, { code: 'LIMIT_INVALID' }, { code: 'MISSING_FIELD' }],
    });
    await expect(
      scheduler.replayDeadLetters({ topic: `${heartbeats}.dead-letters`, reason }, key()),
    ).rejects.toMatchObject({ kind: 'invalid' });
    const { replayed } = await scheduler.replayDeadLetters({ topic: heartbeats, reason }, key());
    // What was too large has been dropped and cannot come back.
    expect(replayed).toBe(before - 2);
    while (((await listed())[heartbeats]?.messages ?? 0) < replayed) await systemClock.sleep(askEveryMs);
    expect(Object.keys(await listed()).sort()).toEqual([heartbeats, telemetry, wakeUps]);
  });
});

function toolsOf(url: string) {
  const kafka = new Kafka({ brokers: [url], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  return { admin: kafka.admin(), producer };
}
