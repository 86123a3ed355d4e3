import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** A file system of 2 MiB for one process needs the right to mount, which tests do not have everywhere. */
const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

const script = `
  import { execFileSync } from 'node:child_process';
  import { readdirSync } from 'node:fs';
  import { openFileArtifactStore } from ${JSON.stringify(new URL('./index.js', import.meta.url).href)};
  const dir = process.argv[1];
  const store = await openFileArtifactStore({ dir });
  const outcome = (promise) => promise.then(() => 'done', (error) => error.kind + ' ' + error.code);
  const said = [];
  const { digest } = await store.put(new Uint8Array(600_000));
  said.push(await outcome(store.put(new Uint8Array(3_000_000).fill(1))));
  said.push(readdirSync(dir + '/incoming', { recursive: true }).length);
  said.push(await outcome(store.put(new Uint8Array(600_000).fill(2))));
  said.push(await store.verify(digest));
  execFileSync('mount', ['-o', 'remount,ro', dir]);
  said.push(await outcome(store.put(new Uint8Array(1))), await outcome(store.delete(digest)));
  said.push(await outcome(openFileArtifactStore({ dir })), await store.verify(digest));
  console.log(JSON.stringify(said));`;

describe('artifact store in a folder', () => {
  (mayMount ? it : it.skip)('refuses on a full disk and on a read-only one, and loses nothing', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'holdfast-full-'));
    const mounted = 'mount -t tmpfs -o size=2m tmpfs "$1" && exec "$2" --input-type=module -e "$3" "$1"';
    const arguments_ = ['--mount', 'sh', '-c', mounted, 'sh', dir, process.execPath, script];
    const { stdout, stderr } = spawnSync('unshare', arguments_, { encoding: 'utf8' });
    await rm(dir, { recursive: true, force: true });
    expect(stderr).toBe('');
    const readOnly = 'unavailable STORAGE_READ_ONLY';
    const full = 'exhausted STORAGE_FULL';
    expect(JSON.parse(stdout)).toEqual([full, 1, 'done', 'intact', readOnly, readOnly, readOnly, 'intact']);
  });
});
