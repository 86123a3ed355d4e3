import { hash } from 'node:crypto';

/** What a log is called that nobody has named: by its first key, so that no two installations share a name. */
export const defaultOrigin = (publicKey: Uint8Array): string =>
  `holdfast.local/${hash('sha256', publicKey).slice(0, 16)}`;
