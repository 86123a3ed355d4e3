import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openBlobFolders } from './folders.js';
import { blobRoot } from './layout.js';

const dir = '/somewhere';
const folder = (...names: string[]) => join(blobRoot(dir), ...names);

/** Folders of a disk that syncs when the test lets it. */
function onSlowDisk() {
  const synced: string[] = [];
  const under: PromiseWithResolvers<void>[] = [];
  const folders = openBlobFolders(dir, async (path) => {
    synced.push(path);
    const sync = Promise.withResolvers<void>();
    under.push(sync);
    await sync.promise;
  });
  /** Lets syncs end, also those that begin then, until the promise is settled. */
  async function drain<T>(promise: Promise<T>): Promise<T> {
    let open = true;
    const watched = promise.finally(() => (open = false));
    watched.catch(() => undefined);
    while (open) {
      for (const sync of under.splice(0)) sync.resolve();
      await Promise.resolve();
    }
    return watched;
  }
  return { folders, synced, under, drain };
}

describe('folders of blobs', () => {
  it('are synced once for all that come together, with those around them the first time', async () => {
    const { folders, synced, drain } = onSlowDisk();
    await drain(Promise.all(Array.from({ length: 20 }, () => folders.settle(folder('ab', 'cd')))));
    expect(synced.sort()).toEqual([folder(), folder('ab'), folder('ab', 'cd')]);
    await drain(folders.settle(folder('ab', 'cd')));
    expect(synced.slice(3)).toEqual([folder('ab', 'cd')]);
    await drain(folders.settle(folder('ab', 'ef')));
    expect(synced.slice(4).sort()).toEqual([folder('ab'), folder('ab', 'ef')]);
  });

  it('are synced again for what came while they were being synced', async () => {
    const { folders, synced, under, drain } = onSlowDisk();
    await drain(folders.settle(folder('ab', 'cd')));
    const first = folders.settle(folder('ab', 'cd'));
    while (under.length === 0) await Promise.resolve();
    let done = false;
    const later = folders.settle(folder('ab', 'cd')).then(() => (done = true));
    under.splice(0).forEach((sync) => sync.resolve());
    await first;
    expect(done).toBe(false);
    await drain(later);
    expect(synced.slice(3)).toEqual([folder('ab', 'cd'), folder('ab', 'cd')]);
  });

  it('that could not be synced are told of, and tried again', async () => {
    const { folders, under, drain } = onSlowDisk();
    const failing = folders.settle(folder('ab', 'cd'));
    failing.catch(() => undefined);
    while (under.length < 3) await Promise.resolve();
    under.splice(0).forEach((sync) => sync.reject(new Error('the disk says no')));
    await expect(failing).rejects.toThrow('the disk says no');
    await drain(folders.settle(folder('ab', 'cd')));
    await expect(drain(folders.settle(folder('ab', 'cd')))).resolves.toBeUndefined();
  });
});
