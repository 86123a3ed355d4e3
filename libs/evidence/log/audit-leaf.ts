import { hash } from 'node:crypto';
import { canonicalize } from '../canonical-json.js';

/** What the audit log holds of one event; `index` and `revision` are decimal, since JSON's numbers end at 2^53. */
export interface AuditLeaf {
  /** Dense, in store order, from 0. */
  readonly index: string;
  readonly stream: string;
  readonly revision: string;
  readonly eventId: string;
  readonly type: string;
  readonly recordedAt: string;
  /** Hex, over the exact stored bytes. */
  readonly bytesSha256: string;
}

/** An event as an event store gives it. */
export interface LeafSource {
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** The log entry: the canonical JSON of the leaf and `v: 1`. */
export const auditLeaf = (leaf: AuditLeaf): Uint8Array => Buffer.from(auditLeafText(leaf));

/** The same as text. */
export const auditLeafText = (leaf: AuditLeaf): string => {
  const { index, stream, revision, eventId, type, recordedAt, bytesSha256 } = leaf;
  const text =
    `{"bytesSha256":"${bytesSha256}","eventId":"${eventId}","index":"${index}","recordedAt":"${recordedAt}",` +
    `"revision":"${revision}","stream":"${stream}","type":"${type}","v":1}`;
  return canonical.test(text)
    ? text
    : canonicalize({ v: 1, index, stream, revision, eventId, type, recordedAt, bytesSha256 });
};

/** Every text in it stands in JSON as it is, and nothing else does. */
const canonical = new RegExp(
  `^\\{${['bytesSha256', 'eventId', 'index', 'recordedAt', 'revision', 'stream', 'type']
    .map((key) => String.raw`"${key}":"[ !#-\[\]-~]*",`)
    .join('')}"v":1\\}$`,
);

export const leafOf = (index: number, { stream, revision, eventId, type, bytes }: LeafSource): AuditLeaf => ({
  index: String(index),
  stream,
  revision: String(revision),
  eventId,
  type,
  recordedAt: recordedAtOf(bytes),
  bytesSha256: hash('sha256', bytes),
});

const key = Buffer.from('"recordedAt":"');

/**
 * `metadata.recordedAt` of a stored envelope; empty where there is none, for the log takes whatever the store holds. Nothing is parsed:
 * a quote inside a JSON text is escaped, so these bytes can only be a key, and after the last of them in a canonical envelope, that of
 * `metadata`, come plain texts only.
 */
export function recordedAtOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = buffer.lastIndexOf(key);
  const text = at < 0 ? '' : buffer.toString('latin1', at + key.length, at + key.length + 25);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"$/.test(text) ? text.slice(0, 24) : '';
}
