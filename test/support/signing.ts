import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { systemClock, type JsonObject, type StreamId } from '#kernel';
import { canonicalBytes } from '#evidence';
import { signedBytes, type Meaning, type SignatureStatement } from '#domain/signature';
import type { Connection } from '#rpc';
import { key } from './experiment.js';
import type { System } from './system.js';

/** Signs as this person, with one key, the last event of a subject; the connection must be theirs. */
export function signer(person: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return async (
    { eventStore }: Pick<System, 'eventStore'>,
    { auditor }: Pick<Connection, 'auditor'>,
    {
      subject,
      meaning,
      reason,
    }: { readonly subject: StreamId; readonly meaning: Meaning; readonly reason: string },
  ): Promise<void> => {
    const event = (await Array.fromAsync(eventStore.readStream(subject))).flat().at(-1);
    if (event === undefined) throw new Error('there is nothing to sign');
    const { revision, eventId, type, bytes } = event;
    const statement: SignatureStatement = {
      ...{ v: 1, meaning, subject, revision: String(revision), eventId, type, signer: person },
      ...{ bytesSha256: hash('sha256', bytes), signedAt: systemClock.now() },
    };
    await auditor.signDigest(
      {
        statement: Buffer.from(canonicalBytes(statement as unknown as JsonObject)),
        publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(12),
        signature: sign(null, signedBytes(statement), privateKey),
        reason,
      },
      key(),
    );
  };
}
