import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { treeOf, type TreeEntry } from '#evidence';
import { openFileArtifactStore } from '#artifact-store/file';
import { verifyBundle, writeBundle } from '#bundle-file';
import type { Program } from '../harness/figure.js';
import { temporaryFolder } from '../support/folder.js';
import { residentMb } from '../support/process-use.js';

const memberBytes = 64 * 2 ** 20;
const pieceBytes = 2 ** 20;

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

/** A bundle of large members out of the store and into a file, then verified, beside reading, hashing and writing as many bytes. */
export const evidenceBundle: Program = async (full) => {
  const members = full ? 16 : 4;
  const folder = await temporaryFolder('bundle');
  const store = await openFileArtifactStore({ dir: folder.at('artifacts') });
  const entries: TreeEntry[] = [];
  const plain = folder.at('plain');
  const file = openSync(plain, 'w');
  const member = Buffer.alloc(memberBytes);
  for (let i = 0; i < members; i++) {
    const bytes = randomFillSync(member);
    const { digest, sizeBytes } = await store.put(bytes);
    entries.push({ path: `m${i}`, digest, sizeBytes, mode: '100644' });
    writeSync(file, bytes);
  }
  closeSync(file);
  const core = treeOf(entries);
  const megabytes = (members * memberBytes) / 2 ** 20;

  async function written(path: string): Promise<void> {
    const out = await open(path, 'w');
    for await (const bytes of writeBundle({ core, beside: [], open: (digest) => store.get(digest) }))
      await out.write(bytes);
    await out.close();
  }
  async function copied(path: string): Promise<void> {
    const [from, to, hash] = [openSync(plain, 'r'), openSync(path, 'w'), createHash('sha256')];
    const buffer = Buffer.alloc(pieceBytes);
    for (let read = readSync(from, buffer); read > 0; read = readSync(from, buffer)) {
      hash.update(buffer.subarray(0, read));
      writeSync(to, buffer.subarray(0, read));
    }
    [from, to].forEach(closeSync);
  }
  return {
    async ours() {
      const path = folder.at('ours');
      globalThis.gc?.();
      let most = residentMb(process.pid);
      const look = setInterval(() => (most = Math.max(most, residentMb(process.pid))), 20);
      const write = await seconds(() => written(path));
      const verify = await seconds(() => verifyBundle(path));
      clearInterval(look);
      rmSync(path);
      return {
        'evidence-bundle.write': write,
        'evidence-bundle.verify': verify,
        'evidence-bundle.memory': most,
      };
    },
    async bare() {
      const path = folder.at('bare');
      const copy = await seconds(() => copied(path));
      rmSync(path);
      return {
        'evidence-bundle.write': copy,
        'evidence-bundle.verify': copy,
        'evidence-bundle.memory': residentMb(process.pid),
      };
    },
    ...(full
      ? {}
      : {
          smaller: Object.fromEntries(
            ['write', 'verify'].map((what) => [`evidence-bundle.${what}`, `${megabytes} MiB`]),
          ),
        }),
    async close() {
      await store.close();
      await folder.remove();
    },
  };
};
