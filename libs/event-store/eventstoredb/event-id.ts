import { hash } from 'node:crypto';
import type { EventToAppend } from '../event-store.js';

const [before, after] = ['{"eventId":"', '"}'] as const;
const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The id that the engine knows an event by: a UUID of version 8 (RFC 9562) made of our id, type and bytes, so that what the engine takes
 * for a repeat is one, to the last byte. Stored events carry it: never change how it is made.
 */
export function engineIdOf({ eventId, type, bytes }: EventToAppend): string {
  const head = Buffer.from(`${eventId} ${type}\n`, 'latin1');
  const digest = hash('sha256', Buffer.concat([head, bytes]), 'hex');
  const variant = ((parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return dashed(`${digest.slice(0, 12)}8${digest.slice(13, 16)}${variant}${digest.slice(17, 32)}`);
}

/** The engine's metadata of an event: our id and nothing else. */
export const metadataOf = (eventId: string): Uint8Array =>
  new Uint8Array(Buffer.from(`${before}${eventId}${after}`, 'latin1'));

/** Undefined when it is not metadata of ours. */
export function eventIdIn(metadata: Uint8Array): string | undefined {
  const text = Buffer.from(metadata).toString('latin1');
  const eventId = text.slice(before.length, -after.length);
  return text.startsWith(before) && text.endsWith(after) && uuidPattern.test(eventId) ? eventId : undefined;
}

export const uuidText = (bytes: Uint8Array): string =>
  dashed(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex'));

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
