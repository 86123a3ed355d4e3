import { DomainError } from '#kernel';
import { decodeBase64, encodeBase64 } from './base64.js';
import { isKeyName } from './verifier-key.js';

/** A signature line of a note, not yet verified. */
export interface NoteSignature {
  readonly name: string;
  /** Eight hex digits. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

/** `— <name> <base64>`. @throws NOTE_MALFORMED */
export function parseSignature(line: string): NoteSignature {
  const [dash, name = '', encoded = '', ...rest] = line.split(' ');
  const bytes = decodeBase64(encoded);
  if (dash !== '—' || !isKeyName(name) || rest.length > 0 || bytes === undefined || bytes.length < 5)
    throw malformed('a line below the blank one is not a signature');
  return { name, keyId: Buffer.from(bytes.subarray(0, 4)).toString('hex'), signature: bytes.subarray(4) };
}

/** The line without its newline. */
export const formatSignature = ({ name, keyId, signature }: NoteSignature): string =>
  `— ${name} ${encodeBase64(Buffer.concat([Buffer.from(keyId, 'hex'), signature]))}`;

export const malformed = (what: string): DomainError =>
  new DomainError('integrity', 'NOTE_MALFORMED', `not a signed note: ${what}`);
