import type { auditor as proto } from '#contracts';
import {
  formatVerifierKey,
  openRotations,
  parseVerifierKey,
  publicKeyPem,
  type VerifierKey,
} from '#evidence';
import type { CallContext } from '#platform';
import type { Auditor } from '../auditor.js';
import { newestIndex } from '../history/as-of.js';

/** With a position that was seen, a checkpoint that covers it. @throws LOG_EMPTY, CHECKPOINT_NOT_FOUND, NOT_LOGGED_YET, LOG_STOPPED */
export async function getCheckpoint(
  { log, runtime, views }: Auditor,
  { size }: proto.GetCheckpointRequest,
  { minPosition, deadlineMs, signal }: CallContext,
): Promise<proto.GetCheckpointResponse> {
  if (minPosition !== undefined && minPosition !== '') {
    await runtime.reached({ minPosition, deadlineMs, signal, projections: ['history'] });
    await log.covers((await newestIndex(views.history)) + 1, { deadlineMs, signal });
  }
  const { note, checkpoint } = await log.checkpoint(size);
  return {
    checkpoint: note,
    origin: checkpoint.origin,
    size: checkpoint.size,
    root: Buffer.from(checkpoint.root),
  };
}

/** All keys of the log, each with the statement by which it followed. Makes the first when there is none. @throws SIGNING_KEY_INVALID, SIGNER_FAILED */
export async function getSigningKeys({ log }: Pick<Auditor, 'log'>): Promise<proto.GetSigningKeysResponse> {
  const { keyName, publicKey } = await log.signer();
  const present = formatVerifierKey(keyName, publicKey);
  const statements = await log.keyStatements();
  const rotations = openRotations(statements);
  const [first] = rotations;
  const chain = [
    ...(first === undefined ? [] : [{ key: textOf(first.before) }]),
    ...rotations.map(({ next }, i) => ({ key: textOf(next), announcement: statements[i] })),
  ];
  const all = chain.some(({ key }) => key === present) ? chain : [...chain, { key: present }];
  return {
    origin: keyName,
    keys: all.map((each, i) => ({
      ...each,
      pem: publicKeyPem(parseVerifierKey(each.key).publicKey),
      current: each.key === present,
      lastSize: rotations[i]?.lastSize,
    })),
    witnesses: log.witnesses.map(({ key }) => textOf(key)),
  };
}

const textOf = ({ name = '', publicKey, algorithm }: VerifierKey): string =>
  formatVerifierKey(name, publicKey, algorithm);
