import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
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
  /** The newest that is surely on disk. */
  let surely = -1;
  /** A sync brings to the disk at least what was written when it began, and takes its time. */
  const datasync: Datasync = async (file) => {
    const begun = disks.length;
    const disk = join(dir, `disk-${begun}`);
    disks.push(disk);
    mkdirSync(disk);
    for (const name of ['pack.sqlite', 'pack.sqlite-wal']) copyFileSync(join(dir, name), join(disk, name));
    for (let turn = 0; turn < 5 + (begun % 3) * 20; turn++) await setImmediate();
    await file.datasync();
    surely = Math.max(surely, begun);
  };
  const packs: Pack[] = [];
  for (let i = 0; i < clients; i++) packs.push(await openPack(dir, { reach, datasync, logPages: 150 }));
  const shared = Array.from({ length: 12 }, () => randomBytes(3_000));
  const promised: { readonly digest: Digest; readonly bytes: Uint8Array; readonly disk: number }[] = [];

  async function client(pack: Pack): Promise<void> {
    for (const [i, common] of shared.entries()) {
      const some = [common, randomBytes(10 + i * 500), randomBytes(20), randomBytes(20)];
      await Promise.all(
        some.map(async (bytes, at) => {
          for (let turn = 0; turn < at * 7; turn++) await setImmediate();
          const digest = digestBytes(bytes);
          await pack.put(digest, bytes, at >= 2);
          if (at >= 2) await pack.settle();
          promised.push({ digest, bytes, disk: surely });
        }),
      );
    }
  }
  await Promise.all(packs.map(client));
  for (const pack of packs) await pack.close();

  const failures: string[] = [];
  for (const [i, disk] of disks.entries()) {
    const found = await openPack(disk, { reach });
    for (const { digest, bytes, disk: from } of promised)
      if (from <= i && Buffer.compare(found.read(digest) ?? Buffer.of(), bytes) !== 0)
        failures.push(`${digest}, promised with disk ${from}, is not on disk ${i}`);
    await found.close();
  }
  await rm(dir, { recursive: true, force: true });
  expect(failures).toEqual([]);
  expect(promised.every(({ disk }) => disk >= 0)).toBe(true);
  expect(promised).toHaveLength(clients * shared.length * 4);
  expect(disks.length).toBeGreaterThan(shared.length);
});
