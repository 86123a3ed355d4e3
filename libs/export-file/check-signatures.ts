import {
  followRotations,
  keyFingerprint,
  openCheckpoint,
  openRotations,
  parseCheckpoint,
  parseJson,
  verifyEnvelope,
  type Checkpoint,
  type CheckpointPolicy,
  type DsseEnvelope,
  type VerifierKey,
} from '#evidence';
import { manifestBytes, names, payloadType, type ExportManifest } from './manifest.js';
import { exportInvalid, type ExportZip } from './zip-file.js';

/** Who has signed, as far as keys were given to tell. */
export interface Signed {
  /** Fingerprints: SHA-256 of the key in DER. */
  readonly exportBy?: string;
  readonly checkpointBy: readonly string[];
  /** Keys that have followed the given ones count as well. */
  readonly followed?: boolean;
  readonly witnesses: readonly string[];
}

const mostBytes = 32 * 2 ** 20;

/**
 * Signature over the manifest and the checkpoint that the manifest names, by the given keys or those that have followed them; without keys only
 * that they agree.
 * @throws EXPORT_INVALID, and what notes, rotations and envelopes throw
 */
export async function checkSignatures(
  zip: ExportZip,
  manifest: ExportManifest,
  { keys: given = [], witnesses = [], witnessesNeeded = 0 }: Partial<CheckpointPolicy>,
): Promise<Signed> {
  const keys = followRotations(given, openRotations(manifest.rotations ?? []));
  const text = (await zip.readWhole(names.signature, mostBytes)).toString();
  const envelope = parseJson(text, { file: names.signature, maxBytes: mostBytes }) as unknown as DsseEnvelope;
  checkForm(text, envelope, manifest);
  const note = (await zip.readWhole(names.checkpoint, 2 ** 20)).toString();
  if (keys.length === 0) {
    checkAgreement(manifest, parseCheckpoint(note));
    return { checkpointBy: [], witnesses: [] };
  }
  const { signedBy } = verifyEnvelope(envelope, keys.filter(signsAt(Number(manifest.log.size))), payloadType);
  const [by] = signedBy.map(({ publicKey }) => keyFingerprint(publicKey));
  if (by === undefined || envelope.signatures[0]?.keyid !== by)
    throw exportInvalid(names.signature, 'is not by the key that it names');
  const checkpoint = openCheckpoint(note, { keys, witnesses, witnessesNeeded });
  checkAgreement(manifest, checkpoint);
  return {
    exportBy: by,
    checkpointBy: checkpoint.signedBy.map(({ name }) => name),
    followed: keys.length > given.length,
    witnesses: checkpoint.witnessedBy.map(({ name }) => name),
  };
}

/** A key that another one has followed signs no more of a longer log; that of a witness signs checkpoints only. */
const signsAt =
  (size: number) =>
  ({ algorithm, lastSize = Infinity }: VerifierKey): boolean =>
    algorithm === 'ed25519' && size <= lastSize;

/** An export has one signature, written in one way. */
function checkForm(text: string, envelope: DsseEnvelope, manifest: ExportManifest): void {
  const { payloadType: type, payload, signatures } = (envelope ?? {}) as Partial<DsseEnvelope>;
  if (
    text !== `${JSON.stringify(envelope, null, 2)}\n` ||
    !Array.isArray(signatures) ||
    signatures.length !== 1
  )
    throw exportInvalid(names.signature, 'is not written as exports are signed');
  if (type !== payloadType)
    throw exportInvalid(names.signature, `signs ${String(type).slice(0, 100)}, not ${payloadType}`);
  if (payload !== Buffer.from(manifestBytes(manifest)).toString('base64'))
    throw exportInvalid(names.signature, `signs another manifest than ${names.manifest}`);
}

function checkAgreement({ log }: ExportManifest, { origin, size, root }: Checkpoint): void {
  if (log.origin === origin && log.size === String(size) && log.root === Buffer.from(root).toString('hex'))
    return;
  throw exportInvalid(names.checkpoint, 'is not the one that the manifest names');
}
