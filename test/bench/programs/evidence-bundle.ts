import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { TreeEntry } from '#evidence';
import { openFileArtifactStore } from '#artifact-store/file';
import type { Program } from '../harness/figure.js';
import { temporaryFolder } from '../support/folder.js';

const program = new URL('../support/bundle-process.js', import.meta.url).pathname;
const memberBytes = 64 * 2 ** 20;

/** A bundle of large members out of the store and into a file, then verified, beside reading, hashing and writing as many bytes. */
export const evidenceBundle: Program = async (full) => {
  const members = full ? 16 : 4;
  const folder = await temporaryFolder('bundle');
  const store = await openFileArtifactStore({ dir: folder.at('artifacts') });
  const entries: TreeEntry[] = [];
  const plain = openSync(folder.at('plain'), 'w');
  const member = Buffer.alloc(memberBytes);
  for (let i = 0; i < members; i++) {
    const { digest, sizeBytes } = await store.put(randomFillSync(member));
    entries.push({ path: `m${i}`, digest, sizeBytes, mode: '100644' });
    writeSync(plain, member);
  }
  // As the store's files are, so that writing it out is nobody's work later on.
  fsyncSync(plain);
  closeSync(plain);
  await store.close();
  writeFileSync(folder.at('entries.json'), JSON.stringify(entries));
  const megabytes = (members * memberBytes) / 2 ** 20;
  const measured = async (how: 'ours' | 'bare') => {
    const args = ['--no-warnings', program, how, folder.at()];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { write, cpu, verify, mostMb, restMb } = JSON.parse(stdout) as Record<string, number>;
    return {
      'evidence-bundle.write': write as number,
      'evidence-bundle.write-cpu': cpu as number,
      'evidence-bundle.verify': verify as number,
      'evidence-bundle.memory': (how === 'ours' ? mostMb : restMb) as number,
    };
  };
  return {
    ours: () => measured('ours'),
    bare: () => measured('bare'),
    ...(full
      ? {}
      : {
          smaller: Object.fromEntries(
            ['write', 'write-cpu', 'verify'].map((what) => [`evidence-bundle.${what}`, `${megabytes} MiB`]),
          ),
        }),
    close: () => folder.remove(),
  };
};
