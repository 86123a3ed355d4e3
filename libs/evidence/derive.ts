import { hash, hkdfSync } from 'node:crypto';

const hexDigits = '0123456789abcdef';

/** UUID version 5 (RFC 9562 §5.5): the same namespace and name give the same id everywhere. */
export function uuidV5(namespace: string, name: string): string {
  const named = Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name)]);
  const hex = hash('sha1', named);
  const variant = hexDigits[(Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8] as string;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The namespace under which all names of Holdfast become ids; fixed for ever. */
export const holdfastNamespace = 'f4a3c9be-5b0e-5c55-9d57-1d6c1f3f0c01';

/** A name within Holdfast as an id: `nameId('knob', 'default', 'l2')`. Parts cannot run into each other. */
export const nameId = (...parts: readonly string[]): string =>
  uuidV5(holdfastNamespace, JSON.stringify(parts));

/** HKDF-SHA-256 (RFC 5869). */
export const hkdfSha256 = (key: Uint8Array, salt: string, info: string, lengthBytes: number): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key, salt, info, lengthBytes));
