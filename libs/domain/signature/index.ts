export {
  isSigned,
  signature,
  signatureStream,
  type SignatureCommand,
  type SignatureState,
} from './decide.js';
export { meanings, type Meaning, type SignatureEvent, type SignatureStatement } from './events.js';
export { keySignedBytes, parseKeyStatement, type KeyStatement } from './key-statement.js';
export {
  keyTaken,
  signerKey,
  signerKeyStream,
  type SignerKeyCommand,
  type SignerKeyEvent,
  type SignerKeyState,
} from './signer-key.js';
export { parseStatement, signedBytes } from './statement.js';
