import { formatSignature } from './note-signature.js';
import { keyIdOf, type Signer } from './verifier-key.js';

/** What a witness signs (C2SP tlog-cosignature, v1): header, time, and the text of the checkpoint. */
export const cosignatureMessage = (text: string, seconds: number): string =>
  `cosignature/v1\ntime ${seconds}\n${text}`;

/** The signature line, without newline, of a cosigner at a time in POSIX seconds. */
export async function cosign(text: string, seconds: number, signer: Signer): Promise<string> {
  const { keyName: name, publicKey } = signer;
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(seconds));
  const signature = await signer.sign(Buffer.from(cosignatureMessage(text, seconds)));
  const keyId = keyIdOf(name, 'cosignature', publicKey);
  return formatSignature({ name, keyId, signature: Buffer.concat([time, signature]) });
}
