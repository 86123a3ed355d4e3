import { once } from 'node:events';
import { copyFile, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inChild } from '#sqlite/testing';
import { all, checkpointAt, filled, leaseOf, outcome, put, upTo } from '../testing/samples.js';
import { openSqliteReadStore } from './index.js';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-views-'));
  path = join(dir, 'views.sqlite');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A process of its own that opens the store and runs `body`, its lines on stdout as they come. */
const opened = (body: string, fault = '') =>
  inChild(
    `
    import { openSqliteReadStore } from ${JSON.stringify(new URL('./index.js', import.meta.url).href)};
    const [path, fault] = process.argv.slice(1);
    const store = await openSqliteReadStore({ path, fault });
    ${body}`,
    path,
    fault,
  );

/** Three commits, each of which changes every one of 50 documents; it tells what has been promised. */
const commitThrice = `
  await store.ensureCollection({ name: 'things', indexes: ['n'] });
  const lease = await store.acquireLease('writer', 'child', 60_000);
  for (let n = 1; n <= 3; n++) {
    const writes = Array.from({ length: 50 }, (_, i) => ({ put: { id: String(i), n } }));
    const at = (events) => events === 0 ? undefined : { position: 'p' + events, events };
    await store.commit('things', lease, at(n - 1), at(n), writes);
    console.log(n);
  }
  await store.close();`;

const corrupt = { kind: 'integrity', code: 'STORE_CORRUPT' };
const readAll = async () => {
  const store = await openSqliteReadStore({ path });
  return all(store, 'things').finally(() => store.close());
};

describe('read store in a file', () => {
  it('in use by another process says by which, and is free when that one is gone, however it went', async () => {
    const { child, ended } = opened(`console.log('open'); process.stdin.resume();`);
    await Promise.race([once(child.stdout, 'data'), ended]);
    await expect(openSqliteReadStore({ path })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'STORE_IN_USE',
      facts: { pid: child.pid },
    });
    child.kill('SIGKILL');
    await ended;
    await (await openSqliteReadStore({ path })).close();
  });

  it.each([
    ['mid-commit', 0],
    ['mid-commit#2', 1],
    ['mid-commit#3', 2],
    ['after-commit', 1],
    ['after-commit#3', 3],
  ])('killed at %s holds commit %i: its documents with its checkpoint', async (point, held) => {
    const { signal, out } = await opened(commitThrice, `read-store:${point}`).ended;
    expect(signal).toBe('SIGKILL');
    expect(Number(out.trim().split('\n').at(-1))).toBeLessThanOrEqual(held);
    const store = await openSqliteReadStore({ path });
    expect(await store.checkpoint('things')).toEqual(held === 0 ? undefined : checkpointAt(held));
    const found = (await all(store, 'things')).map(({ n }) => n);
    expect(found).toEqual(held === 0 ? [] : upTo(50).map(() => held));
    expect(await store.count('things', [{ field: 'n', is: held }])).toBe(found.length);
    await store.close();
  });

  it('no lease outlives the process that held it, and its token stays powerless', async () => {
    await opened(commitThrice, 'read-store:after-commit').ended;
    const store = await openSqliteReadStore({ path });
    const lease = await leaseOf(store, 'writer', 'the next one');
    expect(lease.token).toBe(2);
    const old = { name: 'writer', token: 1 };
    const late = store.commit('things', old, checkpointAt(1), checkpointAt(2), [{ delete: '1' }]);
    expect(await outcome(late)).toEqual({ kind: 'conflict', code: 'LEASE_LOST' });
    await store.close();
  });

  it('that has no more room commits nothing by half, and goes on when there is some', async () => {
    const store = await openSqliteReadStore({ path, maxPages: 100 });
    const name = await filled(store, [{ id: 'a', n: 1 }], ['n'], 'things');
    const lease = await leaseOf(store);
    const large = [put({ id: 'a', n: 2 }), put({ id: 'b', n: 2, text: 'x'.repeat(600_000) })];
    expect(await outcome(store.commit(name, lease, checkpointAt(1), checkpointAt(2), large))).toEqual({
      kind: 'exhausted',
      code: 'STORAGE_FULL',
    });
    expect(await all(store, name)).toEqual([{ id: 'a', n: 1 }]);
    await store.commit(name, lease, checkpointAt(1), checkpointAt(2), [put({ id: 'a', n: 3 })]);
    expect([await all(store, name), await store.checkpoint(name)]).toEqual([
      [{ id: 'a', n: 3 }],
      checkpointAt(2),
    ]);
    await store.close();
  });

  it('that is none, or was cut short, is not taken for one', async () => {
    const documents = upTo(2000).map((n) => ({ id: `document ${n}`, n, text: 'a body of some bytes' }));
    const store = await openSqliteReadStore({ path });
    await filled(store, documents, ['n'], 'things');
    await store.close();
    await truncate(path, 20 * 4096);
    expect(await outcome(readAll())).toEqual(corrupt);
    path = join(dir, 'text');
    await writeFile(path, 'not a database, '.repeat(1000));
    expect(await outcome(readAll())).toEqual(corrupt);
  });

  it('that is damaged says so when it is read, instead of giving less or something else', async () => {
    const documents = upTo(1000).map((n) => ({
      id: `document ${1000 + n}`,
      n,
      text: 'a body of some bytes',
    }));
    const store = await openSqliteReadStore({ path });
    await filled(store, documents, [], 'things');
    await store.close();
    const good = join(dir, 'good');
    await copyFile(path, good);
    const pages = (await readFile(good)).length / 4096;
    let noticed = 0;
    for (let page = 1; page < pages; page += 5) {
      await copyFile(good, path);
      const file = await open(path, 'r+');
      await file.write(new Uint8Array(4096).fill(0x5a), 0, 4096, page * 4096);
      await file.close();
      const result = await outcome(readAll());
      if (Array.isArray(result)) expect(result).toEqual(documents);
      else expect(result).toEqual(corrupt);
      noticed += Number(!Array.isArray(result));
    }
    expect(noticed).toBeGreaterThan(0);
  });
});
