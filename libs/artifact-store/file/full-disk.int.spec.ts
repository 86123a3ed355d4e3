import { describe, expect, it } from '@jest/globals';
import { mayMount, onSmallDisk } from '#sqlite/testing';

const script = `
  import { execFileSync } from 'node:child_process';
  import { randomBytes } from 'node:crypto';
  import { readdirSync } from 'node:fs';
  import { openFileArtifactStore } from ${JSON.stringify(new URL('./index.js', import.meta.url).href)};
  const dir = process.argv[2];
  const remount = (how) => execFileSync('mount', ['-o', 'remount,' + how, dir]);
  const outcome = (promise) => promise.then(() => 'done', (error) => error.kind + ' ' + error.code);
  const intact = async (digests) => (await Promise.all(digests.map((one) => store.verify(one)))).every((said) => said === 'intact');
  const said = [];
  let store = await openFileArtifactStore({ dir });
  const { digest } = await store.put(new Uint8Array(600_000));
  said.push(await outcome(store.put(new Uint8Array(4_000_000).fill(1))));
  said.push(readdirSync(dir + '/incoming', { recursive: true }).length);
  said.push(await outcome(store.put(new Uint8Array(600_000).fill(2))));

  const held = [digest];
  let last;
  for (last = []; last.every((one) => one === 'done'); ) {
    const some = [1, 2, 3].map(() => randomBytes(60_000));
    last = await Promise.all(some.map((bytes) => outcome(store.put(bytes).then((one) => held.push(one.digest)))));
  }
  said.push(last.at(-1), held.length > 6, await intact(held));
  await store.close();
  store = await openFileArtifactStore({ dir });
  said.push(await intact(held), (await Array.fromAsync(store.list())).length === held.length + 1);
  await store.close();

  remount('ro');
  said.push(await outcome(openFileArtifactStore({ dir })));
  remount('rw,size=6m');
  store = await openFileArtifactStore({ dir });
  said.push(await outcome(store.put(randomBytes(60_000))), await intact(held));
  await store.close();
  console.log(JSON.stringify(said));`;

describe('artifact store in a folder', () => {
  (mayMount ? it : it.skip)('refuses on a full disk and on a read-only one, and loses nothing', async () => {
    const { stdout, stderr } = await onSmallDisk(script);
    expect(stderr).toBe('');
    const full = 'exhausted STORAGE_FULL';
    expect(JSON.parse(stdout)).toEqual([
      ...[full, 1, 'done'],
      ...[full, true, true],
      ...[true, true],
      'unavailable STORAGE_READ_ONLY',
      ...['done', true],
    ]);
  });
});
