import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inChild } from '#sqlite/testing';
import type { EventStore } from '../event-store.js';
import { all, events, newStream, outcome, upTo } from '../testing/samples.js';
import { openSqliteEventStore } from './index.js';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-events-'));
  path = join(dir, 'events.sqlite');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A process of its own that opens the store and runs `body`, its lines on stdout as they come. */
const opened = (body: string, fault = '') =>
  inChild(
    `
    import { openSqliteEventStore } from ${JSON.stringify(new URL('./index.js', import.meta.url).href)};
    const [path, fault] = process.argv.slice(1);
    const store = await openSqliteEventStore({ path, fault });
    const id = (n) => '00000000-0000-4000-8000-' + String(n).padStart(12, '0');
    const event = (n) => ({ eventId: id(n), type: 'Happened', bytes: Buffer.from(String(n)) });
    ${body}`,
    path,
    fault,
  );

/** Three events in one append, then twice three more, telling what has been promised. */
const appendThrice = `
  for (const n of [0, 3, 6]) {
    await store.append('run-' + id(0), n === 0 ? 'none' : n - 1, [event(n), event(n + 1), event(n + 2)]);
    console.log(n + 3);
  }
  await store.close();`;

const filled = async (): Promise<EventStore> => {
  const store = await openSqliteEventStore({ path });
  await Promise.all(
    upTo(50).map(() => store.append(newStream(), 'none', events(40, 'a body of some bytes '))),
  );
  return store;
};
const corrupt = { kind: 'integrity', code: 'STORE_CORRUPT' };

describe('event store in a file', () => {
  it('in use by another process says by which, and is free when that one is gone, however it went', async () => {
    const { child, ended } = opened(`console.log('open'); process.stdin.resume();`);
    await Promise.race([once(child.stdout, 'data'), ended]);
    await expect(openSqliteEventStore({ path })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'STORE_IN_USE',
      facts: { pid: child.pid },
      message: expect.stringContaining(`process ${child.pid}`),
    });
    child.kill('SIGKILL');
    await ended;
    await (await openSqliteEventStore({ path })).close();
  });

  it('in use by this process is refused as well', async () => {
    const store = await openSqliteEventStore({ path });
    expect(await outcome(openSqliteEventStore({ path }))).toEqual({
      kind: 'unavailable',
      code: 'STORE_IN_USE',
    });
    await store.append(newStream(), 'none', events(1));
    await store.close();
  });

  it.each([
    ['before-commit', 0],
    ['before-commit#2', 3],
    ['before-commit#3', 6],
    ['after-commit', 3],
    ['after-commit#2', 6],
    ['after-commit#3', 9],
  ])('killed at %s holds %i events: whole appends, and all that was promised', async (point, held) => {
    const { signal, out } = await opened(appendThrice, `event-store:${point}`).ended;
    expect(signal).toBe('SIGKILL');
    expect(Number(out.trim().split('\n').at(-1))).toBeLessThanOrEqual(held);
    const store = await openSqliteEventStore({ path });
    expect((await all(store.readAll())).map(({ bytes }) => Number(Buffer.from(bytes)))).toEqual(upTo(held));
    await store.close();
    // The one that was killed tries again: the same ids at the same revisions.
    expect(await opened(appendThrice).ended).toEqual({ signal: null, out: '3\n6\n9\n' });
    const again = await openSqliteEventStore({ path });
    expect(await all(again.readAll())).toHaveLength(9);
    await again.close();
  });

  it('that has no more room takes nothing by half, and small appends beside a large one go on', async () => {
    const store = await openSqliteEventStore({ path, maxPages: 100 });
    const large = () => [{ ...events(1)[0]!, bytes: new Uint8Array(600_000) }];
    const full = { kind: 'exhausted', code: 'STORAGE_FULL' };
    const streams = upTo(10).map(() => newStream());
    const calls = streams.map((stream, i) =>
      outcome(store.append(stream, 'none', i % 2 ? large() : events(2))),
    );
    const results = await Promise.all(calls);
    expect(results.filter((_, i) => i % 2)).toEqual(upTo(5).map(() => full));
    expect(results.filter((_, i) => i % 2 === 0)).toEqual(
      upTo(5).map(() => ({ revision: 1, position: expect.any(String) })),
    );
    expect(await all(store.readAll())).toHaveLength(10);
    expect(await store.append(streams[1]!, 'none', events(1))).toMatchObject({ revision: 0 });
    await store.close();
  });

  it('of another kind, of another format or no database at all is not opened and not touched', async () => {
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE notes (text TEXT)');
    other.close();
    const before = await readFile(path);
    expect(await outcome(openSqliteEventStore({ path }))).toEqual({
      kind: 'unavailable',
      code: 'STORE_FORMAT',
    });
    expect(Buffer.compare((await readFile(path)).subarray(100), before.subarray(100))).toBe(0);
    path = join(dir, 'text');
    await writeFile(path, 'not a database, '.repeat(1000));
    expect(await outcome(openSqliteEventStore({ path }))).toEqual(corrupt);
    path = join(dir, 'newer');
    await (await openSqliteEventStore({ path })).close();
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    await expect(openSqliteEventStore({ path })).rejects.toMatchObject({
      code: 'STORE_FORMAT',
      message: expect.stringContaining('99'),
    });
    await mkdir(join(dir, 'folder'));
    expect(await outcome(openSqliteEventStore({ path: join(dir, 'folder') }))).toMatchObject({
      kind: 'unavailable',
    });
  });

  it('of format 1, where an id was unique in the whole store, is raised and gives what it had', async () => {
    const store = await filled();
    const whole = await all(store.readAll());
    await store.close();
    const old = new DatabaseSync(path);
    old.exec(
      'DROP INDEX events_by_id; CREATE UNIQUE INDEX events_by_id ON events (event_id); PRAGMA user_version = 1',
    );
    old.close();
    const raised = await openSqliteEventStore({ path });
    expect(await all(raised.readAll())).toEqual(whole);
    const { type, bytes, eventId } = whole[0]!;
    expect(await raised.append(newStream(), 'none', [{ type, bytes, eventId }])).toMatchObject({
      revision: 0,
    });
    await raised.close();
  });

  it('that is damaged says so when it is read, instead of giving less or something else', async () => {
    const store = await filled();
    const whole = await all(store.readAll());
    await store.close();
    expect(whole).toHaveLength(2000);
    const good = join(dir, 'good');
    await copyFile(path, good);
    const pages = (await readFile(good)).length / 4096;
    let noticed = 0;
    for (let page = 1; page < pages; page += 7) {
      await copyFile(good, path);
      const file = await open(path, 'r+');
      await file.write(new Uint8Array(4096).fill(0x5a), 0, 4096, page * 4096);
      await file.close();
      const read = async () => {
        const damaged = await openSqliteEventStore({ path });
        return all(damaged.readAll()).finally(() => damaged.close());
      };
      const result = await outcome(read());
      // A page of an index that this read has no need of leaves the answer right.
      if (Array.isArray(result)) expect(result).toEqual(whole);
      else expect(result).toEqual(corrupt);
      noticed += Number(!Array.isArray(result));
    }
    expect(noticed).toBeGreaterThan(0);
  });

  it('that was cut short is not taken for a shorter history', async () => {
    await (await filled()).close();
    await truncate(path, 20 * 4096);
    const read = async () => {
      const store = await openSqliteEventStore({ path });
      return all(store.readAll()).finally(() => store.close());
    };
    expect(await outcome(read())).toEqual(corrupt);
  });
});
