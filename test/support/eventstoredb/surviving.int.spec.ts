import { randomUUID } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, type EventData } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { all, events, failureOf } from './checks/behaviour.js';
import { freePort } from '../servers/index.js';
import { startProcess, type ServerProcess } from './process.js';

describe('a database on disk', () => {
  let dir: string;
  let server: ServerProcess;
  let client: EventStoreDBClient;

  /** Where it answers after each start: nobody else is given it while it is away. */
  let port: number;
  const open = async (): Promise<void> => {
    server = await startProcess(dir, port);
    client = EventStoreDBClient.connectionString(server.connectionString);
  };
  const again = async (meanwhile = async (): Promise<void> => {}): Promise<void> => {
    await server.kill();
    await client.dispose();
    await meanwhile();
    await open();
  };
  const log = (): string => join(dir, 'events.log');
  const append = (
    stream: string,
    appended: EventData[],
    expectedRevision: 'any' | 'no_stream' | bigint = 'any',
  ) => client.appendToStream(stream, appended, { expectedRevision });
  const revisions = async (stream: string): Promise<number[]> =>
    (await all(client.readStream(stream))).map(({ event }) => Number(event?.revision));

  // One for all tests, each with streams of its own; the last ones lose what comes after them.
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'holdfast-eventstoredb-'));
    port = await freePort();
    await open();
  });

  afterAll(async () => {
    await client.dispose();
    await server.stop();
    await rm(dir, { recursive: true });
  });

  it('keeps everything it answered to when it is killed in the midst of appends', async () => {
    const answered: {
      readonly stream: string;
      readonly revision: bigint;
      readonly commit: bigint | undefined;
    }[] = [];
    const enough = Promise.withResolvers<void>();
    const writers = Array.from({ length: 16 }, async () => {
      const stream = `written-${randomUUID()}`;
      for (;;) {
        const { nextExpectedRevision: revision, position } = await append(stream, events(3));
        answered.push({ stream, revision, commit: position?.commit });
        if (answered.length === 300) enough.resolve();
      }
    });
    const ends = Promise.allSettled(writers);
    await enough.promise;
    await again(async () => void (await ends));

    const stored = new Map(
      (await all(client.readAll())).map(({ event }) => [
        `${event?.streamId} ${event?.revision}`,
        event?.position?.commit,
      ]),
    );
    for (const { stream, revision, commit } of answered)
      expect([stream, revision, stored.get(`${stream} ${revision}`)]).toEqual([stream, revision, commit]);
    for (const stream of new Set(answered.map((one) => one.stream)))
      expect((await revisions(stream)).length % 3).toBe(0);
  });

  it('gives the same events at the same positions after a restart, and goes on from there', async () => {
    await append('one', events(2));
    await client.deleteStream('one');
    await append('two', events(1));
    await client.setStreamMetadata('two', { maxCount: 1 });
    await client.tombstoneStream('gone');
    const before = await all(client.readAll());
    await again();
    expect(await all(client.readAll())).toEqual(before);
    expect((await failureOf(revisions('one')))['type']).toBe('stream-not-found');
    expect((await failureOf(revisions('gone')))['type']).toBe('stream-deleted');
    const { nextExpectedRevision, position } = await append('two', events(1));
    expect(nextExpectedRevision).toBe(1n);
    expect(position?.commit).toBeGreaterThan(before.at(-1)?.event?.position?.commit ?? 0n);
    expect(await revisions('two')).toEqual([1]);
  });

  it('knows a repeat at an exact revision after a restart, and no longer one with any', async () => {
    const [exact, any] = [events(2), events(2)];
    const first = await append('exact', exact, 'no_stream');
    await append('any', any);
    await again();
    expect(await append('exact', exact, 'no_stream')).toEqual(first);
    expect((await append('any', any)).nextExpectedRevision).toBe(3n);
  });

  it('cuts off a torn end, and of an append of several events whatever is left', async () => {
    await append('whole', events(2));
    const { size } = await stat(log());
    await append('torn', events(3, 'Large', Buffer.alloc(1000)));
    // The third event loses its end, the first two have lost theirs.
    await again(async () => truncate(log(), (await stat(log())).size - 10));
    expect(await revisions('whole')).toEqual([0, 1]);
    expect((await failureOf(revisions('torn')))['type']).toBe('stream-not-found');
    const { position } = await append('after', events(1));
    // What was cut off is written over, but for what the server says of each start.
    expect(Number(position?.commit) - size).toBeLessThan(300);
  });

  it('cuts off what was never a record', async () => {
    await append('kept', events(1));
    await again(() => appendFile(log(), Buffer.from('0123456789 and more that is no record')));
    expect(await revisions('kept')).toEqual([0]);
    expect((await append('kept', events(1))).nextExpectedRevision).toBe(1n);
  });

  it('stops at a record whose bytes have changed', async () => {
    await append('first', events(1));
    await append('second', events(1, 'Second', Buffer.from('to be changed')));
    await append('third', events(1));
    await again(async () => {
      const bytes = await readFile(log());
      bytes.write('TO', bytes.indexOf('to be changed'));
      await writeFile(log(), bytes);
    });
    expect(await revisions('first')).toEqual([0]);
    for (const lost of ['second', 'third'])
      expect((await failureOf(revisions(lost)))['type']).toBe('stream-not-found');
  });

  it('refuses a file that is not its log', async () => {
    const other = await mkdtemp(join(tmpdir(), 'holdfast-eventstoredb-'));
    await writeFile(join(other, 'events.log'), 'something else entirely');
    expect((await failureOf(startProcess(other))).message).toContain('is not a log of this server');
    await rm(other, { recursive: true });
  });
});
