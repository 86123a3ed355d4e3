import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Digest } from '#kernel';
import { digestBytes } from '#evidence';
import type { Datasync } from './log-sync.js';
import { openPack, type Pack } from './pack.js';

const clients = 2;
const reach = () => undefined;

it('what a pack has promised is there when the power fails, whoever put it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-power-'));
  const disks: string[] = [];
  /** What is on disk at the least when a sync ends: what was written when it began. */
  const datasync: Datasync = async (file) => {
    const disk = join(dir, `disk-${disks.length}`);
    disks.push(disk);
    await mkdir(disk);
    for (const name of ['pack.sqlite', 'pack.sqlite-wal']) await copyFile(join(dir, name), join(disk, name));
    await file.datasync();
  };
  const packs: Pack[] = [];
  for (let i = 0; i < clients; i++) packs.push(await openPack(dir, { reach, datasync, logPages: 150 }));
  const shared = Array.from({ length: 12 }, () => randomBytes(3_000));
  /** Which disks hold each promise: all that are taken after it was made may be newer. */
  const promised: { readonly digest: Digest; readonly bytes: Uint8Array; readonly disksThen: number }[] = [];

  async function client(pack: Pack): Promise<void> {
    for (const [i, common] of shared.entries()) {
      const some = [common, randomBytes(10 + i * 500), randomBytes(20)];
      await Promise.all(
        some.map(async (bytes, at) => {
          const digest = digestBytes(bytes);
          await pack.put(digest, bytes, at === 2);
          if (at === 2) await pack.settle();
          promised.push({ digest, bytes, disksThen: disks.length });
        }),
      );
    }
  }
  await Promise.all(packs.map(client));
  for (const pack of packs) await pack.close();

  const failures: string[] = [];
  for (const [i, disk] of disks.entries()) {
    const found = await openPack(disk, { reach });
    for (const { digest, bytes, disksThen } of promised)
      if (disksThen <= i + 1 && Buffer.compare(found.read(digest) ?? Buffer.of(), bytes) !== 0)
        failures.push(`${digest}, promised after ${disksThen} syncs, is not on disk ${i}`);
    await found.close();
  }
  await rm(dir, { recursive: true, force: true });
  expect(failures).toEqual([]);
  expect(promised).toHaveLength(clients * shared.length * 3);
  expect(disks.length).toBeGreaterThan(shared.length);
}, 30_000);
