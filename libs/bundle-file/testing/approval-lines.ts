import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { streamId, type Digest, type Instant, type JsonObject } from '#kernel';
import { canonicalBytes, digestBytes, encodeBase64, nameId } from '#evidence';
import type { Approval, HistoryLine } from '#domain/bundle';
import { signatureStream, signedBytes, type Meaning, type SignatureStatement } from '#domain/signature';

/** A private key that follows from a name. */
export function testKey(seed: string): KeyObject {
  const der = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    createHash('sha256').update(seed).digest(),
  ]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

export const publicBytes = (key: KeyObject): Uint8Array =>
  new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));

/** What may be otherwise than in the sample's manifest. */
export interface Approved {
  readonly version?: Digest;
  readonly document?: Digest;
  /** Who records the signatures; whoever signs otherwise. */
  readonly recordedBy?: string;
  /** Of reviewers, beside the two. */
  readonly more?: number;
  /** After the run was admitted. */
  readonly late?: true;
}

const at = '2026-01-30T09:30:00.000Z' as Instant;

/** The declaration of the sample's blueprint, and two signatures over it or more, as they would be stored. */
export function approvalLines(document: Digest, approved: Approved) {
  const declared = line(streamId('blueprint', nameId('blueprint', 'default', 'birds')), {
    type: 'BlueprintVersionDeclared',
    data: {
      ...{ namespace: 'default', name: 'birds', version: approved.version ?? digestBytes('version') },
      document: { digest: approved.document ?? document, sizeBytes: 2 },
      ...{ number: 3, at },
    },
  });
  const signed = (meaning: Meaning, name: string) => {
    const signer = nameId('actor', name);
    const statement: SignatureStatement = {
      ...{ v: 1, meaning, subject: declared.stream, revision: '0', eventId: declared.eventId },
      ...{ type: declared.type, bytesSha256: digestBytes(declared.envelope).slice('sha256:'.length) },
      ...{ signer, signedAt: at },
    };
    const data = {
      ...{ statement, key: encodeBase64(publicBytes(testKey(name))), at },
      signature: encodeBase64(sign(null, signedBytes(statement), testKey(name))),
    };
    return line(signatureStream(signer), { type: 'Signed', data, actor: approved.recordedBy ?? signer });
  };
  const reviewers = Array.from({ length: approved.more ?? 0 }, (_, i) => signed('review', `Reviewer ${i}`));
  const lines = [signed('approval', 'Ada'), signed('responsibility', 'Grace'), ...reviewers];
  const approvals = lines.map(({ eventId, envelope }): Approval => {
    const { meaning, signer, signedAt } = (
      JSON.parse(envelope) as { data: { statement: SignatureStatement } }
    ).data.statement;
    return { event: eventId, meaning, signer, signedAt };
  });
  const version = { number: 3, why: '', at, actor: nameId('actor', 'somebody'), eventId: declared.eventId };
  return { lines: [declared, ...lines], approvals, version };
}

function line(
  stream: HistoryLine['stream'],
  { type, data, actor = nameId('actor', 'somebody') }: { type: string; data: JsonObject; actor?: string },
): HistoryLine {
  const metadata = { actor: { id: actor, type: 'person', roles: [] }, correlationId: 'c-1', recordedAt: at };
  return {
    ...{ stream, revision: 0, eventId: nameId('event', stream), type },
    envelope: Buffer.from(canonicalBytes({ metadata, data })).toString(),
  };
}
