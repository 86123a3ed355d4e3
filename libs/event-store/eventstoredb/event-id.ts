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
  const digest = hash('sha256', Buffer.concat([head, bytes]), 'buffer').subarray(0, 16);
  digest[6] = ((digest[6] as number) & 0x0f) | 0x80;
  digest[8] = ((digest[8] as number) & 0x3f) | 0x80;
  return uuidText(digest);
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

export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
