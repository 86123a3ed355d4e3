import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { openFileArtifactStore } from '#artifact-store/file';
import { verifyBundle, writeBundle } from '#bundle-file';
import type { Digest } from '#kernel';
import { treeOf, type TreeEntry } from '#evidence';
import { residentMb } from './process-use.js';

/** A process of its own that takes a bundle out of a store and verifies it, or copies and hashes as many bytes; says seconds and its memory. */
const [how = '', folder = ''] = process.argv.slice(2);
const out = join(folder, how);
/** As large as ours: the file system takes much longer for larger ones, at least on Linux 6.18. */
const pieceBytes = 2 ** 18;

async function seconds(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

const store = await openFileArtifactStore({ dir: join(folder, 'artifacts') });

async function written(): Promise<void> {
  const core = treeOf(JSON.parse(readFileSync(join(folder, 'entries.json'), 'utf8')) as TreeEntry[]);
  const file = await open(out, 'w');
  const contents = {
    core,
    beside: [],
    open: (digest: Digest) => store.get(digest, undefined, { lent: true }),
  };
  for await (const bytes of writeBundle(contents)) await file.write(bytes);
  await file.close();
}

function copied(): void {
  const [from, to] = [openSync(join(folder, 'plain'), 'r'), openSync(out, 'w')];
  const [digest, buffer] = [createHash('sha256'), Buffer.alloc(pieceBytes)];
  for (let read = readSync(from, buffer); read > 0; read = readSync(from, buffer)) {
    digest.update(buffer.subarray(0, read));
    writeSync(to, buffer.subarray(0, read));
  }
  [from, to].forEach(closeSync);
}

const restMb = residentMb(process.pid);
const before = process.cpuUsage();
const write = await seconds(how === 'ours' ? written : copied);
const { user, system } = process.cpuUsage(before);
const cpu = (user + system) / 1e6;
const verify = how === 'ours' ? await seconds(() => verifyBundle(out)) : write;
const mostMb = residentMb(process.pid, 'most');
await store.close();
rmSync(out);
process.stdout.write(JSON.stringify({ write, cpu, verify, mostMb, restMb }));
