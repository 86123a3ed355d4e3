import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  consistencyProof,
  formatCheckpoint,
  formatVerifierKey,
  merkleLeafHash,
  merkleRoot,
  signNote,
  type Signer,
} from '#evidence';
import type { Session } from '../session.js';
import { watchLog } from './watch-log.js';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const signer: Signer = {
  keyName: 'lab.example/log',
  publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(12),
  sign: (bytes) => Promise.resolve(sign(null, bytes, privateKey)),
};
const leaves = (name: string) =>
  Array.from({ length: 50 }, (_, i) => merkleLeafHash(Buffer.from(`${name} ${i}`)));

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-seen-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** What a user of this machine is shown by a server that has this log. */
async function watch(name: string, size: number) {
  const hashes = leaves(name).slice(0, size);
  const checkpoint = await signNote(
    formatCheckpoint({ origin: signer.keyName, size, root: merkleRoot(hashes) }),
    [signer],
  );
  const auditor = {
    getCheckpoint: () => Promise.resolve({ checkpoint }),
    getSigningKeys: () =>
      Promise.resolve({
        origin: signer.keyName,
        keys: [{ key: formatVerifierKey(signer.keyName, signer.publicKey) }],
      }),
    proveConsistency: ({ fromSize }: { readonly fromSize: number }) =>
      Promise.resolve({ hashes: consistencyProof(hashes, fromSize) }),
  };
  const session = {
    connection: () => Promise.resolve({ auditor }),
    env: { XDG_STATE_HOME: dir },
    terminal: { note: () => undefined },
  };
  const { checkpoint: seen } = await watchLog(session as unknown as Session, { keys: [] });
  return seen.size;
}

describe('a log that was seen before', () => {
  it('may grow, and nothing else', async () => {
    for (const size of [3, 3, 17, 40]) expect(await watch('entry', size)).toBe(size);
    await expect(watch('entry', 39)).rejects.toMatchObject({ kind: 'integrity', code: 'LOG_ROLLED_BACK' });
    for (const size of [40, 45])
      await expect(watch('other', size)).rejects.toMatchObject({ kind: 'integrity', code: 'LOG_FORKED' });
    expect(await watch('entry', 41)).toBe(41);
  });
});
