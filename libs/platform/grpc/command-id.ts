import { createHash } from 'node:crypto';

/** Namespace of the ids below; drawn once, never changed. */
const namespace = Buffer.from('8f1d0c5e6b7a4e0f9d3c2b1a09f8e7d6', 'hex');

/**
 * The id of a command: UUIDv5 (RFC 9562 §5.5) of method, actor and idempotency key, so that a repeated command is
 * recognised wherever it arrives, and one client's key can never meet another's.
 */
export function commandIdOf(method: string, actorId: string, idempotencyKey: string): string {
  const digest = createHash('sha1')
    .update(namespace)
    .update(JSON.stringify([method, actorId, idempotencyKey]))
    .digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
