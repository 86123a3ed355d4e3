import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { tileStoreContract } from '../testing/index.js';
import { openFileTileStore } from './index.js';

const newFolder = () => mkdtemp(join(tmpdir(), 'holdfast-tiles-'));

tileStoreContract('folder', async () => {
  const dir = join(await newFolder(), 'log');
  return {
    store: await openFileTileStore({ dir }),
    connect: () => openFileTileStore({ dir }),
    dispose: () => rm(join(dir, '..'), { recursive: true }),
  };
});

describe('a folder of tiles', () => {
  it('has each file whole or not at all, wherever its writer is killed', async () => {
    const dir = await newFolder();
    const files = ['one', 'two'].map((text) => ({ path: `checkpoints/${text}`, bytes: Buffer.from(text) }));
    for (let kill = 1, killed = true; killed; kill++) {
      let operations = 0;
      const reach = () => {
        if (++operations >= kill) throw new Error('killed');
      };
      const dying = await openFileTileStore({ dir, reach });
      killed = await dying.write(files).then(
        () => false,
        () => true,
      );
      const next = await openFileTileStore({ dir });
      for (const { path, bytes } of files) {
        const found = await next.read(path);
        expect(found === undefined || Buffer.compare(found, bytes) === 0).toBe(true);
      }
      await next.remove('checkpoints');
    }
    expect((await readdir(dir)).sort()).toEqual(['.new']);
    await rm(dir, { recursive: true });
  });

  it('has no file where a pipe or a circle of links is, waits for neither, and puts one there', async () => {
    const dir = await newFolder();
    const store = await openFileTileStore({ dir });
    execFileSync('mkfifo', [join(dir, 'checkpoint')]);
    await mkdir(join(dir, 'checkpoints'));
    await symlink('1', join(dir, 'checkpoints', '1'));
    const file = { path: 'checkpoints/1', bytes: Buffer.from('one') };
    expect([await store.read('checkpoint'), await store.read(file.path)]).toEqual([undefined, undefined]);
    await store.write([file]);
    await store.replace('checkpoint', file.bytes, undefined);
    expect([await store.read('checkpoint'), await store.read(file.path)]).toEqual([file.bytes, file.bytes]);
    await rm(dir, { recursive: true });
  });

  it('leaves nothing behind of what could not be written', async () => {
    const dir = await newFolder();
    const store = await openFileTileStore({ dir });
    await mkdir(join(dir, 'checkpoint', 'in-the-way'), { recursive: true });
    await expect(store.write([{ path: 'checkpoint', bytes: Buffer.from('new') }])).rejects.toMatchObject({
      code: 'STORAGE_FAULT',
    });
    expect(await readdir(join(dir, '.new'))).toEqual([]);
    await rm(dir, { recursive: true });
  });
});
