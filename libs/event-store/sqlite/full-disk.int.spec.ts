import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** A file system of 3 MiB for one process needs the right to mount, which tests do not have everywhere. */
const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

const script = `
  import { execFileSync } from 'node:child_process';
  import { randomUUID } from 'node:crypto';
  import { openSqliteEventStore } from ${JSON.stringify(new URL('./index.js', import.meta.url).href)};
  const dir = process.argv[2];
  const path = dir + '/events.sqlite';
  const outcome = (promise) => promise.then((value) => value ?? 'done', (error) => error.kind + ' ' + error.code);
  const event = (size) => ({ eventId: randomUUID(), type: 'Happened', bytes: new Uint8Array(size) });
  const append = (store, size) => outcome(store.append('run-' + randomUUID(), 'none', [event(size)]).then(() => 'done'));
  const count = async (store) => (await Array.fromAsync(store.readAll())).flat().length;
  const said = [];
  let store = await openSqliteEventStore({ path });
  let held = 0;
  let result;
  while ((result = await append(store, 300_000)) === 'done') held++;
  said.push(result, held > 2, (await count(store)) === held);
  await store.close();
  store = await openSqliteEventStore({ path });
  said.push((await count(store)) === held);
  await store.close();
  execFileSync('mount', ['-o', 'remount,ro', dir]);
  said.push(await outcome(openSqliteEventStore({ path }).then(() => 'open')));
  said.push(await outcome(openSqliteEventStore({ path: dir + '/deeper/events.sqlite' }).then(() => 'open')));
  execFileSync('mount', ['-o', 'remount,rw,size=9m', dir]);
  store = await openSqliteEventStore({ path });
  said.push(await append(store, 300_000), (await count(store)) === held + 1);
  await store.close();
  console.log(JSON.stringify(said));`;

describe('event store in a file', () => {
  (mayMount ? it : it.skip)('refuses on a full disk and on a read-only one, and loses nothing', async () => {
    const home = await mkdtemp(join(tmpdir(), 'holdfast-full-'));
    const [dir, file] = [join(home, 'small'), join(home, 'script.mjs')];
    await mkdir(dir);
    await writeFile(file, script);
    const mounted = 'mount -t tmpfs -o size=3m tmpfs "$1" && exec "$2" "$3" "$1"';
    const arguments_ = ['--mount', 'sh', '-c', mounted, 'sh', dir, process.execPath, file];
    const { stdout, stderr } = spawnSync('unshare', arguments_, { encoding: 'utf8', timeout: 14_000 });
    await rm(home, { recursive: true, force: true });
    expect(stderr).toBe('');
    const readOnly = 'unavailable STORAGE_READ_ONLY';
    expect(JSON.parse(stdout)).toEqual([
      ...['exhausted STORAGE_FULL', true, true],
      true,
      ...[readOnly, readOnly],
      ...['done', true],
    ]);
  });
});
