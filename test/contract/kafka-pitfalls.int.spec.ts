import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { openKafkaBus } from '#message-bus/kafka';
import { sharedServer } from '../support/servers/index.js';
import { received, sample } from './kafka-samples.js';

describe('kafka: what kafkajs gets wrong when it is used as it comes', () => {
  const broker = sharedServer('kafka');
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).admin();
  beforeAll(() => admin.connect());
  afterAll(() => admin.disconnect());

  const names = () => ({ topic: `test.${randomUUID()}`, group: `group-${randomUUID()}` });
  const open = (options = {}) => openKafkaBus({ brokers: [broker], partitions: 4, ...options });
  const start = (file: string, ...args: string[]): ChildProcessByStdio<null, Readable, Readable> =>
    spawn(process.execPath, [new URL(file, import.meta.url).pathname, broker, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);

  it('heartbeats only between messages: a handler longer than the session keeps its partitions', async () => {
    const { topic, group } = names();
    const [bus, other] = await Promise.all([open({ sessionTimeoutMs: 6000 }), open()]);
    const [box, others] = [received(), received()];
    const worker = bus.subscribe({ topics: [topic], group }, async (delivery) => {
      box.take(delivery);
      if (box.textOf(delivery) === 'long') await new Promise((resolve) => setTimeout(resolve, 8000));
    });
    await worker.ready;
    await bus.publish(topic, [sample('k', 'long'), sample('k', 'next')]);
    await box.holds(['next']);
    await worker.close();
    const heir = other.subscribe({ topics: [topic], group }, others.take);
    await heir.ready;
    await other.publish(topic, [sample('k', 'last')]);
    await others.holds(['last']);
    expect([...box.deliveries, ...others.deliveries].map(box.textOf)).toEqual(['long', 'next', 'last']);
    await Promise.all([bus.close(), other.close()]);
  });

  it('a rebalance while a handler runs: nobody gets the key before it has ended, and nothing is lost', async () => {
    const { topic, group } = names();
    const [bus, other] = await Promise.all([open(), open()]);
    const box = received();
    let [running, busiest] = [0, 0];
    const [started, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const take = async (delivery: Parameters<typeof box.take>[0]) => {
      busiest = Math.max(busiest, ++running);
      if (box.textOf(delivery) === 'first') {
        started.resolve();
        await finish.promise;
      }
      running--;
      box.take(delivery);
    };
    const worker = bus.subscribe({ topics: [topic], group }, take);
    await worker.ready;
    await bus.publish(topic, [sample('k', 'first'), sample('k', 'second')]);
    await started.promise;
    const heir = other.subscribe({ topics: [topic], group }, take);
    // The newcomer waits for the one at work: it is not ready before.
    const early = await Promise.race([heir.ready.then(() => 'ready'), bus.probe().then(() => 'waits')]);
    expect(early).toBe('waits');
    finish.resolve();
    await heir.ready;
    await bus.publish(topic, [sample('k', 'third')]);
    await box.holds(['first', 'second', 'third']);
    expect(busiest).toBe(1);
    const [first, second, third] = box.firsts(['first', 'second', 'third']);
    expect(first! < second! && second! < third!).toBe(true);
    await Promise.all([bus.close(), other.close()]);
  });

  it('a member is killed: what it had not finished goes to the other, new messages keep their order', async () => {
    const { topic, group } = names();
    const bus = await open({ sessionTimeoutMs: 6000 });
    const box = received();
    await bus.publish(topic, [sample('k', 'hold')]);
    const member = start('kafka-member.js', topic, group);
    const lines = createInterface(member.stdout);
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => line === 'given hold' && resolve());
      member.once('close', () => reject(new Error('the member ended before it was given anything')));
    });
    const survivor = bus.subscribe({ topics: [topic], group }, box.take);
    member.kill('SIGKILL');
    const texts = Array.from({ length: 50 }, (_, i) => keys.map((key) => `${key}:${i}`)).flat();
    await bus.publish(
      topic,
      texts.map((of) => sample(of.split(':')[0]!, of)),
    );
    await survivor.ready;
    await box.holds(['hold', ...texts]);
    for (const key of keys) {
      const numbers = box.firsts(texts.filter((of) => of.startsWith(`${key}:`)));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    await bus.close();
  });

  it('commits after the handler: a message that was begun and not ended comes again, one that was ended does not', async () => {
    const { topic, group } = names();
    const [bus, other] = await Promise.all([open(), open()]);
    const [box, again] = [received(), received()];
    const worker = bus.subscribe({ topics: [topic], group, maxAttempts: 1000 }, (delivery) => {
      box.take(delivery);
      if (box.textOf(delivery) === 'unfinished') throw new Error('again');
    });
    await worker.ready;
    await bus.publish(topic, [sample('k', 'finished'), sample('k', 'unfinished')]);
    await box.holds(['unfinished']);
    await worker.close();
    const heir = other.subscribe({ topics: [topic], group }, again.take);
    await again.holds(['unfinished']);
    expect(again.deliveries.map(again.textOf)).toEqual(['unfinished']);
    await heir.close();
    await Promise.all([bus.close(), other.close()]);
  });

  it('topics are made as they should be, the dead letters too, never by the broker on its own', async () => {
    const { topic, group } = names();
    const bus = await open({ partitions: 3 });
    const dead = received();
    const worker = bus.subscribe({ topics: [topic], group, maxAttempts: 1 }, () => {
      throw new Error('no');
    });
    await bus.publish(topic, [sample('k', 'x')]);
    const letters = bus.subscribe({ topics: [`${topic}.dead-letters`], group }, dead.take);
    await dead.holds(['x']);
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic, `${topic}.dead-letters`] });
    expect(topics.map(({ partitions }) => partitions.length)).toEqual([3, 3]);
    await Promise.all([worker.close(), letters.close()]);
    await admin.deleteTopics({ topics: [topic] });
    await bus.publish(topic, [sample('k', 'it was deleted behind our back')]);
    await bus.close();
  });

  it('partitions that are added are read from their first message, by groups and by those alone', async () => {
    const { topic, group } = names();
    const bus = await open({ partitions: 1, metadataMaxAgeMs: 500 });
    const [grouped, alone] = [received(), received()];
    const readers = [
      bus.subscribe({ topics: [topic], group }, grouped.take),
      bus.subscribe({ topics: [topic] }, alone.take),
    ];
    await Promise.all(readers.map(({ ready }) => ready));
    await admin.createPartitions({ topicPartitions: [{ topic, count: 6 }] });
    const fresh = await open();
    await fresh.publish(
      topic,
      keys.map((key) => sample(key, key)),
    );
    await Promise.all([grouped.holds(keys), alone.holds(keys)]);
    await Promise.all([bus.close(), fresh.close()]);
  });

  it('a group whose messages were deleted before it came goes on with the oldest there is', async () => {
    const { topic, group } = names();
    const bus = await open({ partitions: 1 });
    const box = received();
    const first = bus.subscribe({ topics: [topic], group }, box.take);
    await first.ready;
    await bus.publish(topic, [sample('k', 'seen')]);
    await box.holds(['seen']);
    await first.close();
    await bus.publish(topic, [sample('k', 'deleted'), sample('k', 'kept')]);
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    const second = bus.subscribe({ topics: [topic], group }, box.take);
    await box.holds(['kept']);
    await second.close();
    await bus.close();
  });

  it('a fan-out leaves nothing on the broker', async () => {
    const { topic } = names();
    const clientId = `test-${randomUUID()}`;
    const bus = await open({ clientId });
    const ours = async () =>
      (await admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith(clientId));
    const reader = bus.subscribe({ topics: [topic] }, () => {});
    await reader.ready;
    expect(await ours()).toHaveLength(1);
    await reader.close();
    expect(await ours()).toEqual([]);
    expect(await bus.replay(topic)).toBe(0);
    expect(await ours()).toEqual([]);
    await bus.close();
  });

  it('a closed bus leaves no timer: its process ends at once, silent, without a TimeoutNegativeWarning', async () => {
    const child = start('kafka-once.js', names().topic);
    const output = text(child.stdout);
    let closedAt = 0;
    child.stdout.on(
      'data',
      (chunk: Buffer) => void (closedAt = String(chunk).includes('closed') ? performance.now() : closedAt),
    );
    const errors = text(child.stderr);
    const ended = Promise.withResolvers<void>();
    // Not before what it has said is here.
    child.on('close', () => ended.resolve());
    await ended.promise;
    // What kafkajs leaves waits for 30 s.
    expect(performance.now() - closedAt).toBeLessThan(20_000);
    expect(await output).toBe('closed\n');
    expect(await errors).toBe('');
  });
});
