import { describe, expect, it } from '@jest/globals';
import { mayMount, onSmallDisk } from '#sqlite/testing';

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
    const { stdout, stderr } = await onSmallDisk(script);
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
