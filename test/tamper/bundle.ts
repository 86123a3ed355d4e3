import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '#kernel';
import {
  canonicalBytes,
  formatCheckpoint,
  formatLogProof,
  parseLogProof,
  signNote,
  signRotation,
} from '#evidence';
import { keysName, verifyBundle } from '#bundle-file';
import { signedSample, testSigner, type Forgery } from '#bundle-file/testing';
import type { Specimen, Subject } from './subject.js';

const name = 'run.holdfast';
const signer = testSigner();
const stranger = testSigner(signer.keyName, 'a stranger');
const next = testSigner(signer.keyName, 'the next key');
const withKeys =
  (statements: readonly string[]): NonNullable<Forgery['proofs']> =>
  (files) => ({ ...files, [keysName]: canonicalBytes(statements) });

async function specimen(folder: string): Promise<Specimen> {
  // Its log has gone over to another key; whoever verifies has the one before.
  const statements = [await signRotation(signer, next, 2)];
  const { file } = await signedSample(signer, { approved: {}, proofs: withKeys(statements) }, next);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), file);
  const replaced =
    (by: typeof signer, forgery: Forgery = {}, log = by) =>
    async (copy: string) =>
      writeFileSync(join(copy, name), (await signedSample(by, forgery, log)).file);
  const other = { weights: '{"weights":[9,9]}' };
  return {
    folder,
    parts: [name],
    zips: true,
    tricks: {
      'sign everything anew with another key of the same name': replaced(stranger),
      'sign the attestations anew with another key': replaced(stranger, {}, signer),
      'sign the checkpoint anew with another key': replaced(signer, {}, stranger),
      'change a result, list it anew and keep the attestations': replaced(signer, {
        member: (path, bytes) => (path.endsWith('model.json') ? Buffer.from('{"weights":[9,9]}') : bytes),
      }),
      'take the attestations from a run with another result': async (copy) => {
        const theirs = await attestationsOf(other);
        await replaced(signer, { member: (path, bytes) => (path.startsWith('attest') ? theirs : bytes) })(
          copy,
        );
      },
      'seal other bytes than the log says': replaced(signer, {
        sealed: (data) => ({ ...data, core: `sha256:${'0'.repeat(64)}` }),
      }),
      'play the proofs of another bundle of the run': async (copy) => {
        const before: Record<string, Uint8Array> = {};
        await signedSample(signer, { ...other, proofs: (files) => Object.assign(before, files) });
        await replaced(signer, { proofs: () => before })(copy);
      },
      'put an older checkpoint of the log under its proofs': async (copy) => {
        const root = new Uint8Array(32).fill(7);
        const older = await signNote(formatCheckpoint({ origin: signer.keyName, size: 1, root }), [signer]);
        const under = (bytes: Uint8Array) => {
          const proof = parseLogProof(Buffer.from(bytes).toString());
          return Buffer.from(formatLogProof({ ...proof, checkpoint: older }));
        };
        const proofs: Forgery['proofs'] = (files) =>
          Object.fromEntries(
            Object.entries(files).map(([file, bytes]) => [
              file,
              file.endsWith('.tlog-proof') ? under(bytes) : bytes,
            ]),
          );
        await replaced(signer, { proofs })(copy);
      },
      'go over to the key of a stranger': async (copy) =>
        replaced(signer, { proofs: withKeys([await signRotation(stranger, next, 2)]) }, next)(copy),
      'go over to two keys at once': async (copy) =>
        replaced(
          signer,
          { proofs: withKeys([...statements, await signRotation(signer, stranger, 2)]) },
          stranger,
        )(copy),
      'go back to the key before': async (copy) =>
        replaced(signer, { proofs: withKeys([...statements, await signRotation(next, signer, 3)]) })(copy),
      'sign on with the key before': replaced(signer, { proofs: withKeys(statements) }),
      'exchange it for an empty zip': (copy) =>
        writeFileSync(join(copy, name), Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)])),
      'put a script in front': (copy) =>
        writeFileSync(
          join(copy, name),
          Buffer.concat([Buffer.from('#!/bin/sh\n'), readFileSync(join(copy, name))]),
        ),
    },
    async verify(copy) {
      const keys = [{ name: signer.keyName, algorithm: 'ed25519' as const, publicKey: signer.publicKey }];
      const { problems, ...told } = await verifyBundle(join(copy, name), { keys });
      if (problems.length > 0)
        return { refused: problems.map(({ code, message }) => `${code} ${message.slice(0, 40)}`) };
      return { told: JSON.parse(JSON.stringify(told)) as Json };
    },
  };
}

async function attestationsOf(forgery: Forgery): Promise<Uint8Array> {
  let found: Uint8Array = new Uint8Array();
  await signedSample(signer, {
    ...forgery,
    member(path, bytes) {
      if (path.startsWith('attest')) found = bytes;
      return bytes;
    },
  });
  return found;
}

/** No byte of a member can change unseen. */
export const bundle: Subject = {
  name: 'bundle',
  open: specimen,
  runs: 80,
  harmless: ({ kind }) => (kind === 'change places within' ? 'the order of members in a bundle' : undefined),
};
