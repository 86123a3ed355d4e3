import { describe, expect, it } from '@jest/globals';
import { mayMount, onSmallDisk } from '#sqlite/testing';

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
    const { stdout, stderr } = await onSmallDisk(script);
    expect(stderr).toBe('');
    const readOnly = 'unavailable STORAGE_READ_ONLY';
    expect(JSON.parse(stdout)).toEqual([
      ...['exhausted STORAGE_FULL', true, true],
      ...[readOnly, readOnly],
      ...[true, 'done'],
    ]);
  });
});
