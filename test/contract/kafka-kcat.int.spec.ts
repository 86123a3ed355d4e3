import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cloudEvent, parseCloudEvent, type MessageBus } from '#message-bus';
import { openKafkaBus } from '#message-bus/kafka';
import { sharedServer } from '../support/servers/index.js';
import { received, sample } from './kafka-samples.js';

interface HostTools {
  needTools(wanted: readonly { command: string; debian: string; use: string }[]): Promise<void>;
}

const event = {
  id: '01-ä',
  source: '/holdfast/scheduler',
  type: 'holdfast.run.completed.v1',
  subject: 'run-1',
  time: '2026-01-31T09:30:00.000Z' as never,
  extensions: { correlationid: 'c' },
  data: { text: 'schlüssel', n: 1 },
};

describe('kafka: kcat, which knows nothing of us', () => {
  const broker = sharedServer('kafka');
  let bus: MessageBus;
  beforeAll(async () => {
    const { needTools } = (await import(
      new URL('../../../infra/scripts/host-tools.mjs', import.meta.url).href
    )) as HostTools;
    await needTools([{ command: 'kcat', debian: 'kcat', use: 'Kafka as another client sees it' }]);
    bus = await openKafkaBus({ brokers: [broker], partitions: 1 });
  });
  afterAll(() => bus.close());

  async function kcat(args: readonly string[], input = ''): Promise<string> {
    const child = spawn('kcat', ['-b', broker, ...args]);
    child.stdin.end(input);
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    if (child.exitCode) throw new Error(errors);
    return output;
  }

  it('reads our CloudEvents in binary mode: attributes as headers, data as the value, the stream as the key', async () => {
    const topic = `test.${randomUUID()}`;
    await bus.publish(topic, [cloudEvent(event, 'run-1')]);
    // A producer that is not answered in time sends again.
    const [line = ''] = (await kcat(['-C', '-t', topic, '-e', '-q', '-J'])).split('\n');
    const read = JSON.parse(line) as Record<string, unknown>;
    expect(read).toMatchObject({ topic, key: 'run-1', payload: JSON.stringify(event.data) });
    const headers = read['headers'] as string[];
    const pairs = headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]]] : []));
    expect(Object.fromEntries(pairs)).toEqual({
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_source: event.source,
      ce_type: event.type,
      ce_subject: event.subject,
      ce_time: event.time,
      ce_correlationid: 'c',
      'content-type': 'application/json',
    });
  });

  it('writes CloudEvents that we read, in every compression that it has', async () => {
    const topic = `test.${randomUUID()}`;
    const box = received();
    const reader = bus.subscribe({ topics: [topic], group: topic }, box.take);
    await reader.ready;
    const message = cloudEvent(event, 'run-1');
    const headers = Object.entries(message.headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]);
    const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
    for (const codec of codecs) {
      const many = `run-1|${new TextDecoder().decode(message.value)}\n`.repeat(50);
      await kcat(['-P', '-t', topic, '-K', '|', '-z', codec, ...headers], many);
    }
    await box.until(() => box.deliveries.length >= 50 * codecs.length);
    for (const delivery of box.deliveries) {
      expect(delivery.key).toBe('run-1');
      expect(parseCloudEvent(delivery)).toEqual(event);
    }
    await reader.close();
  });

  it('puts a key into the partition that we put it into', async () => {
    const topic = `test.${randomUUID()}`;
    const wide = await openKafkaBus({ brokers: [broker], partitions: 8 });
    const keys = Array.from({ length: 40 }, (_, i) => `run-${i}-ä`);
    await wide.publish(
      topic,
      keys.map((key) => sample(key, 'ours')),
    );
    const theirs = keys.map((key) => `${key}|theirs\n`).join('');
    await kcat(['-P', '-t', topic, '-K', '|', '-X', 'topic.partitioner=murmur2_random'], theirs);
    const lines = (await kcat(['-C', '-t', topic, '-e', '-q', '-f', '%p %k\\n'])).trim().split('\n');
    // A producer that is not answered in time sends again.
    expect(lines.length).toBeGreaterThanOrEqual(80);
    expect(new Set(lines).size).toBe(40);
    await wide.close();
  });
});
