import { createHash, hkdfSync } from 'node:crypto';

/** UUID version 5 (RFC 9562 §5.5): the same namespace and name give the same id everywhere. */
export function uuidV5(namespace: string, name: string): string {
  const sha1 = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  sha1[6] = ((sha1[6] as number) & 0x0f) | 0x50;
  sha1[8] = ((sha1[8] as number) & 0x3f) | 0x80;
  const hex = sha1.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The namespace under which all names of Holdfast become ids; fixed for ever. */
export const holdfastNamespace = 'f4a3c9be-5b0e-5c55-9d57-1d6c1f3f0c01';

/** A name within Holdfast as an id: `nameId('knob', 'default', 'l2')`. Parts cannot run into each other. */
export const nameId = (...parts: readonly string[]): string =>
  uuidV5(holdfastNamespace, JSON.stringify(parts));

/** HKDF-SHA-256 (RFC 5869). */
export const hkdfSha256 = (key: Uint8Array, salt: string, info: string, lengthBytes: number): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key, salt, info, lengthBytes));
