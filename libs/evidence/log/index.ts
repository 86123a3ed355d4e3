export {
  auditLeaf,
  auditLeafText,
  leafOf,
  recordedAtOf,
  type AuditLeaf,
  type LeafSource,
} from './audit-leaf.js';
export { decodeBase64, encodeBase64, parseCount } from './base64.js';
export {
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  type Checkpoint,
  type CheckpointPolicy,
  type OpenedCheckpoint,
} from './checkpoint.js';
export { cosign, cosignatureMessage } from './cosignature.js';
export {
  preAuthentication,
  signEnvelope,
  verifyEnvelope,
  type DsseEnvelope,
  type OpenedEnvelope,
} from './dsse.js';
export {
  followRotations,
  keyStreamOf,
  openRotations,
  signRotation,
  type KeyRotation,
} from './key-rotation.js';
export { formatLogProof, parseLogProof, verifyLogProof, type LogProof } from './log-proof.js';
export {
  consistencyProof,
  consistencyRanges,
  edgeRanges,
  inclusionProof,
  inclusionRanges,
  type MerkleRange,
} from './merkle-ranges.js';
export {
  emptyRoot,
  hashBytes,
  merkleLeafHash,
  merkleNodeHash,
  merkleRoot,
  merkleRootOfRow,
  openFrontier,
  type MerkleFrontier,
} from './merkle.js';
export { formatSignature, parseSignature, type NoteSignature } from './note-signature.js';
export { openNote, signNote, splitNote, type KnownSignature, type OpenedNote } from './note.js';
export { rangeHashes, type ReadTile } from './tile-hashes.js';
export {
  bundleOfTexts,
  decodeEntryBundle,
  decodeTile,
  encodeEntryBundle,
  encodeTile,
  maxEntryBytes,
  partialTiles,
  tilePath,
  tileWidth,
  widthOf,
  type TileName,
} from './tiles.js';
export {
  formatVerifierKey,
  isKeyName,
  keyFingerprint,
  keyIdOf,
  parseVerifierKey,
  parseVerifierKeys,
  publicKeyPem,
  verifyEd25519,
  type KeyAlgorithm,
  type Signer,
  type VerifierKey,
} from './verifier-key.js';
export { verifyConsistency, verifyInclusion } from './verify-merkle.js';
