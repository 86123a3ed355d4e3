import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streamId, systemChance, systemClock, type Instant, type JsonObject } from '#kernel';
import { canonicalBytes } from '#evidence';
import { decodeEnvelope, disposalCodec } from '#contracts/stored';
import { disposalStream, type ArtifactsDisposed } from '#domain/disposal';
import { namespaceStream } from '#domain/retention';
import type { StoredEvent } from '#event-store';
import { signedBytes, type SignatureStatement } from '#domain/signature';
import { openAuditorForTest, type OpenedAuditor } from './testing/open-auditor.js';
import { writeRun } from './testing/write-run.js';

const reason = 'because it is a test';
const me = systemChance.uuid();
const as = (actor: string) => ({
  idempotencyKey: systemChance.uuid(),
  metadata: { 'holdfast-actor': actor, 'holdfast-actor-type': 'person' },
});
const ownKey = generateKeyPairSync('ed25519');

let opened: OpenedAuditor;
let event: StoredEvent;
let run: string;
beforeAll(async () => {
  opened = await openAuditorForTest();
  ({ id: run } = await writeRun(opened.engines, 'signed', { ends: 'never' }));
  const stream = streamId('run', run);
  const events = (await Array.fromAsync(opened.engines.eventStore.readStream(stream))).flat();
  event = events.at(-1)!;
});
afterAll(() => opened.close());

const statementOf = (more: Partial<SignatureStatement> = {}): SignatureStatement => ({
  ...{ v: 1, meaning: 'review', subject: event.stream, type: event.type, eventId: event.eventId },
  ...{ revision: String(event.revision), bytesSha256: hash('sha256', event.bytes) },
  ...{ signer: me, signedAt: systemClock.now() },
  ...more,
});
const request = (statement: SignatureStatement, { privateKey, publicKey } = ownKey) => ({
  statement: Buffer.from(canonicalBytes(statement as unknown as JsonObject)),
  publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(12),
  signature: sign(null, signedBytes(statement), privateKey),
  reason,
});
const listed = async (more: object = {}) => {
  const filter = { namespace: '', subject: '', pageSize: 0, pageToken: '', ...more };
  return (await opened.client.auditor.listSignatures(filter)).signatures;
};

describe('a signature', () => {
  it('is recorded over the bytes that are stored, once, and shown with what came after it', async () => {
    const given = request(statementOf());
    const call = as(me);
    const { signature } = await opened.client.auditor.signDigest(given, call);
    expect(signature).toMatchObject({ meaning: 'review', signer: me, subject: event.stream, reason });
    expect((await opened.client.auditor.signDigest(given, call)).signature?.id).toBe(signature?.id);
    const [found, ...more] = await listed({ subject: run, signer: me });
    expect(more).toEqual([]);
    expect(found).toEqual(signature);
    await opened.engines.eventStore.append(event.stream, event.revision, [
      { eventId: systemChance.uuid(), type: 'RunCancelRequested', bytes: event.bytes },
    ]);
    expect(await listed({ meaning: 'review' })).toMatchObject([{ changedBy: 'RunCancelRequested' }]);
    expect(await listed({ meaning: 'approval' })).toEqual([]);
  });

  it('is refused with every problem: another caller, another time, other bytes, no reason', async () => {
    const { auditor } = opened.client;
    const old = statementOf({ signer: 'x', signedAt: '2020-01-01T00:00:00.000Z' as Instant });
    await expect(
      auditor.signDigest({ ...request(old), publicKey: Buffer.alloc(3), reason: '' }, as(me)),
    ).rejects.toMatchObject({
      problems: [
        { code: 'SIGNER_NOT_CALLER' },
        { code: 'SIGNED_ELSEWHEN' },
        { code: 'LENGTH_WRONG', field: 'public_key' },
        { field: 'reason' },
      ],
    });
    const other = statementOf({ bytesSha256: 'a'.repeat(64) });
    await expect(auditor.signDigest(request(other), as(me))).rejects.toMatchObject({
      problems: [{ code: 'SUBJECT_DIFFERENT' }],
    });
    const beyond = statementOf({ revision: '999' });
    await expect(auditor.signDigest(request(beyond), as(me))).rejects.toMatchObject({
      problems: [{ message: 'there is no such event' }],
    });
    const none = { ...request(statementOf()), statement: Buffer.from('{"v":1,') };
    await expect(auditor.signDigest(none, as(me))).rejects.toMatchObject({
      problems: [{ code: 'STATEMENT_INVALID' }],
    });
  });

  it('is by a key that signs for nobody else, also once it was replaced', async () => {
    const [other, mine] = [systemChance.uuid(), statementOf({ meaning: 'approval' })];
    const taken = request({ ...mine, signer: other });
    await expect(opened.client.auditor.signDigest(taken, as(other))).rejects.toMatchObject({
      ...{ kind: 'rule', code: 'SIGNER_KEY_TAKEN', message: expect.stringContaining(me) },
    });
    await opened.client.auditor.signDigest(request(mine), as(me));
  });

  it('is by one of those who bring a key in the same moment', async () => {
    const [shared, mine] = [generateKeyPairSync('ed25519'), systemChance.uuid()];
    const both = await Promise.allSettled(
      [mine, systemChance.uuid()].map((signer) =>
        opened.client.auditor.signDigest(request(statementOf({ signer }), shared), as(signer)),
      ),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both).toContainEqual({
      ...{ status: 'rejected', reason: expect.objectContaining({ kind: 'rule', code: 'SIGNER_KEY_TAKEN' }) },
    });
  });

  it('is by one key for each person', async () => {
    const another = generateKeyPairSync('ed25519');
    const given = request(statementOf({ meaning: 'approval' }), another);
    await expect(opened.client.auditor.signDigest(given, as(me))).rejects.toMatchObject({
      code: 'SIGNER_KEY_DIFFERENT',
    });
    const forged = { ...request(statementOf({ meaning: 'approval' })), signature: given.signature };
    await expect(opened.client.auditor.signDigest(forged, as(me))).rejects.toMatchObject({
      code: 'SIGNATURE_WRONG',
    });
  });
});

describe('a review of the trail', () => {
  it('is recorded with the log as it was, and found by what it covers', async () => {
    const { auditor } = opened.client;
    const checkpoint = async () => {
      for (;;)
        try {
          return await auditor.getCheckpoint({});
        } catch (error) {
          if ((error as { code?: string }).code !== 'LOG_EMPTY') throw error;
          await systemClock.sleep(20);
        }
    };
    const { size } = await checkpoint();
    const given = { firstIndex: 0, lastIndex: size - 1, outcome: 'findings', reason: 'a gap in May' };
    const { review } = await auditor.recordReview(given, as(me));
    expect(review).toMatchObject({
      firstIndex: 0,
      lastIndex: size - 1,
      reviewer: me,
      reason: 'a gap in May',
    });
    const page = { pageSize: 0, pageToken: '' };
    expect((await auditor.listReviews({ ...page, index: 0 })).reviews).toEqual([review]);
    expect((await auditor.listReviews({ ...page, index: 10_000 })).reviews).toEqual([]);
    await expect(auditor.recordReview({ ...given, lastIndex: 10_000 }, as(me))).rejects.toMatchObject({
      code: 'RANGE_NOT_IN_LOG',
    });
    await expect(
      auditor.recordReview({ firstIndex: -1, lastIndex: 1, outcome: 'fine', reason: '' }, as(me)),
    ).rejects.toMatchObject({
      problems: [{ field: 'first_index' }, { field: 'outcome' }, { field: 'reason' }],
    });
  });
});

describe('a hold', () => {
  it('is placed once, listed while in force, and released by another order', async () => {
    const { auditor } = opened.client;
    const held = async (inForce: boolean, subject = run) => {
      const filter = { namespace: '', subject, inForce, pageSize: 0, pageToken: '' };
      return (await auditor.listHolds(filter)).holds;
    };
    const order = { namespace: '', subject: run, authority: 'case 7', reason: 'the court asks for it' };
    const call = as(me);
    const { hold } = await auditor.placeHold(order, call);
    expect(hold).toMatchObject({ subject: event.stream, authority: 'case 7', placedBy: me });
    expect((await auditor.placeHold(order, call)).hold).toEqual(hold);
    expect(await held(true)).toEqual([hold]);
    const other = (await auditor.placeHold({ ...order, authority: 'case 8' }, as(me))).hold;
    const end = { hold: hold?.id ?? '', authority: 'case 7, closed', reason: 'it is over' };
    const { hold: released } = await auditor.releaseHold(end, as(me));
    expect(released).toMatchObject({ ...hold, released: { authority: 'case 7, closed', by: me } });
    expect(await held(true)).toEqual([other]);
    expect(await held(false, '')).toEqual([other, released]);
  });

  it('may be of a namespace, and says for which runs it came too late', async () => {
    const { auditor } = opened.client;
    const { id } = await writeRun(opened.engines, 'disposed of', { namespace: 'gone', ends: 'never' });
    const order = { namespace: '', subject: 'namespace:gone', authority: 'case 7', reason };
    const placed = await auditor.placeHold(order, as(me));
    const named = { subject: namespaceStream('gone'), label: 'namespace:gone' };
    expect(placed).toMatchObject({ hold: named, tooLateFor: [] });
    const filter = { namespace: '', subject: 'namespace:gone', inForce: true, pageSize: 0, pageToken: '' };
    expect((await auditor.listHolds(filter)).holds).toEqual([placed.hold]);
    const tombstone: ArtifactsDisposed = {
      ...{ type: 'ArtifactsDisposed', run: id, namespace: 'gone', artifacts: ['logs'], class: 'brief' },
      ...{ authority: 'policy 7', early: false, blobs: [], part: 1, parts: 1, at: systemClock.now() },
    };
    const { metadata } = decodeEnvelope(event.bytes);
    await opened.engines.eventStore.append(disposalStream(id), 'none', [
      {
        ...{ eventId: systemChance.uuid(), type: tombstone.type },
        bytes: disposalCodec.encode(tombstone, metadata),
      },
    ]);
    expect((await auditor.placeHold(order, as(me))).tooLateFor).toEqual([id]);
    const nowhere = { ...order, subject: 'namespace:nowhere' };
    await expect(auditor.placeHold(nowhere, as(me))).rejects.toMatchObject({ code: 'SUBJECT_NOT_FOUND' });
    const wrong = { ...order, subject: 'namespace:No Name' };
    await expect(auditor.placeHold(wrong, as(me))).rejects.toMatchObject({ code: 'HOLD_INVALID' });
  });

  it('is refused with every problem, and of what nobody knows', async () => {
    const { auditor } = opened.client;
    const none = { namespace: '', subject: '', authority: ' ', reason: '' };
    await expect(auditor.placeHold(none, as(me))).rejects.toMatchObject({
      problems: [{ field: 'subject' }, { field: 'authority' }, { field: 'reason' }],
    });
    const unknown = { namespace: '', subject: 'knob:nowhere', authority: 'case 7', reason };
    await expect(auditor.placeHold(unknown, as(me))).rejects.toMatchObject({ code: 'SUBJECT_NOT_FOUND' });
    const end = { hold: systemChance.uuid(), authority: 'case 7', reason };
    await expect(auditor.releaseHold(end, as(me))).rejects.toMatchObject({ code: 'HOLD_NOT_FOUND' });
  });
});
