import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** A file system of 3 MiB for one process needs the right to mount, which tests do not have everywhere. */
const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

const script = `
  import { execFileSync } from 'node:child_process';
  import { openSqliteReadStore } from ${JSON.stringify(new URL('./index.js', import.meta.url).href)};
  const dir = process.argv[2];
  const path = dir + '/views.sqlite';
  const outcome = (promise) => promise.then(() => 'done', (error) => error.kind + ' ' + error.code);
  const at = (events) => (events === 0 ? undefined : { position: 'p' + events, events });
  const said = [];
  let store = await openSqliteReadStore({ path });
  await store.ensureCollection({ name: 'things', indexes: ['n'] });
  let lease = await store.acquireLease('writer', 'me', 60_000);
  let held = 0;
  const commit = () => {
    const document = { id: String(held), n: held, text: 'x'.repeat(200_000) };
    return outcome(store.commit('things', lease, at(held), at(held + 1), [{ put: document }]));
  };
  let result;
  while ((result = await commit()) === 'done') held++;
  const whole = async () => (await store.count('things')) === held && (await store.checkpoint('things')).events === held;
  said.push(result, held > 2, await whole());
  await store.close();
  execFileSync('mount', ['-o', 'remount,ro', dir]);
  said.push(await outcome(openSqliteReadStore({ path })));
  said.push(await outcome(openSqliteReadStore({ path: dir + '/deeper/views.sqlite' })));
  execFileSync('mount', ['-o', 'remount,rw,size=9m', dir]);
  store = await openSqliteReadStore({ path });
  said.push(await whole());
  lease = await store.acquireLease('writer', 'me', 60_000);
  said.push(await commit());
  await store.close();
  console.log(JSON.stringify(said));`;

describe('read store in a file', () => {
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
      ...[readOnly, readOnly],
      ...[true, 'done'],
    ]);
  });
});
