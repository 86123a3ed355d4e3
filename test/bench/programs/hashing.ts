import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { systemClock } from '#kernel';
import { hashFile, hashTree, openDigestCache } from '#evidence/files';
import type { Program } from '../harness/figure.js';
import { temporaryFolder } from '../support/folder.js';
import { residentMb } from '../support/process-use.js';

const files = 2000;
const fileBytes = 64 * 1024;
const pieceBytes = 2 ** 20;
/** A file that was written to more lately is not remembered. */
const atRestMs = 2_100;

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

async function openssl(paths: readonly string[]): Promise<void> {
  const child = spawn('openssl', ['dgst', '-sha256', ...paths], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [status] = (await once(child, 'exit')) as [number];
  if (status !== 0) throw new Error('openssl is not here');
}

/** Memory at most while something is done, more than before. */
async function memoryOf(work: () => Promise<unknown>): Promise<number> {
  globalThis.gc?.();
  const before = residentMb(process.pid);
  let most = before;
  const look = setInterval(() => (most = Math.max(most, residentMb(process.pid))), 20);
  await work();
  clearInterval(look);
  return Math.max(most, residentMb(process.pid)) - before;
}

export const hashing: Program = async (full) => {
  const largeMb = full ? 1024 : 128;
  const folder = await temporaryFolder('hashing');
  const [tree, large] = [folder.at('tree'), folder.at('large')];
  mkdirSync(tree);
  const paths = Array.from({ length: files }, (_, i) => folder.at('tree', `f${i}`));
  for (const path of paths) writeFileSync(path, randomFillSync(Buffer.alloc(fileBytes)));
  const piece = randomFillSync(Buffer.alloc(pieceBytes));
  const file = openSync(large, 'w');
  for (let i = 0; i < largeMb; i++) writeSync(file, piece);
  closeSync(file);
  const treeMb = (files * fileBytes) / 2 ** 20;
  const cores = availableParallelism();
  const share = Array.from({ length: cores }, (_, core) => paths.filter((_, i) => i % cores === core));
  const readThrough = () => {
    const buffer = Buffer.alloc(pieceBytes);
    const opened = openSync(large, 'r');
    while (readSync(opened, buffer) > 0);
    closeSync(opened);
    return Promise.resolve();
  };
  const statLarge = () => Promise.resolve(statSync(large, { bigint: true }));
  const statAll = () => Promise.resolve(paths.forEach((path) => statSync(path, { bigint: true })));
  await systemClock.sleep(atRestMs);
  let pairs = 0;
  return {
    async ours() {
      const dir = folder.at(`cache-${pairs++}`);
      // Each as a command of its own would.
      const cached = () => ({ cache: openDigestCache(dir, systemClock) });
      const first = await seconds(() => hashTree(tree, cached()));
      const again = await seconds(() => hashTree(tree, cached()));
      let alone = 0;
      const memory = await memoryOf(async () => (alone = await seconds(() => hashFile(large, cached()))));
      const aloneAgain = await seconds(() => hashFile(large, cached()));
      return {
        'hashing.tree': treeMb / first,
        'hashing.file': largeMb / alone,
        'hashing.again': first / again,
        'hashing.file-again': alone / aloneAgain,
        'hashing.memory': memory,
      };
    },
    async bare() {
      const first = await seconds(() => Promise.all(share.map(openssl)));
      const alone = await seconds(() => openssl([large]));
      return {
        'hashing.tree': treeMb / first,
        'hashing.file': largeMb / alone,
        'hashing.again': first / (await seconds(statAll)),
        'hashing.file-again': alone / (await seconds(statLarge)),
        'hashing.memory': Math.max(await memoryOf(readThrough), 1),
      };
    },
    ...(full
      ? {}
      : {
          smaller: {
            'hashing.file': `${largeMb} MiB`,
            'hashing.file-again': `${largeMb} MiB`,
            'hashing.memory': `a file of ${largeMb} MiB`,
          },
        }),
    close: () => folder.remove(),
  };
};
