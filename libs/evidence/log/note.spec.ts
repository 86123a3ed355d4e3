import { describe, expect, it } from '@jest/globals';
import {
  auditLeaf,
  cosign,
  formatCheckpoint,
  formatLogProof,
  followRotations,
  formatVerifierKey,
  keyStreamOf,
  inclusionProof,
  leafOf,
  merkleLeafHash,
  merkleRoot,
  openCheckpoint,
  openNote,
  openRotations,
  parseCheckpoint,
  parseLogProof,
  parseVerifierKey,
  parseVerifierKeys,
  preAuthentication,
  publicKeyPem,
  recordedAtOf,
  signEnvelope,
  signNote,
  signRotation,
  verifyEnvelope,
  verifyLogProof,
  type Signer,
  type VerifierKey,
} from './index.js';
import { canonicalBytes } from '../canonical-json.js';
import { testSigner } from './testing/test-signer.js';

/** The example of Go's sumdb/note, which the format comes from. */
const neumann = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const text =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const signed = `${text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

const failure = (code: string): unknown => expect.objectContaining({ code });
const log = testSigner('log.example/one');
const witness = testSigner('witness.example/w');
const key = parseVerifierKey(formatVerifierKey(log.keyName, log.publicKey));
const witnessKey = parseVerifierKey(formatVerifierKey(witness.keyName, witness.publicKey, 'cosignature'));

describe('keys', () => {
  it('are read and written as others do', () => {
    const parsed = parseVerifierKey(neumann);
    expect(formatVerifierKey(parsed.name as string, parsed.publicKey)).toBe(neumann);
    expect(parseVerifierKeys(`# ours\n${neumann}\n\n`)).toEqual([parsed]);
    expect(parseVerifierKeys(publicKeyPem(parsed.publicKey))[0]?.publicKey).toEqual(parsed.publicKey);
  });

  it.each([
    ['an id that is not the key’s', neumann.replace('c74f20a3', 'c74f20a4')],
    ['a type that is not known', 'a+00000000+AhpcKQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'],
    ['a short key', 'a+00000000+AQ=='],
    ['a name with a space', neumann.replace('Peter', 'Peter ')],
    ['nothing', ''],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
  ])('refuse %s', (_, given) => {
    expect(() => parseVerifierKeys(given)).toThrow(failure('KEY_INVALID') as Error);
  });
});

describe('signed notes (C2SP signed-note)', () => {
  it('opens what Go has signed', () => {
    expect(openNote(signed, [parseVerifierKey(neumann)])).toMatchObject({ text, unknown: 0 });
  });

  it('ignores unknown keys, also where their name or id is a known one', async () => {
    const twin = testSigner('PeterNeumann');
    const both = signed + (await signNote(text, [twin, log])).slice(text.length + 1);
    expect(openNote(both, [parseVerifierKey(neumann)])).toMatchObject({ text, unknown: 2 });
    expect(openNote(both, [key])).toMatchObject({ signatures: [{ name: 'log.example/one' }], unknown: 2 });
    expect(() => openNote(signed, [key])).toThrow(failure('NOTE_UNSIGNED') as Error);
  });

  it('is spoiled by a wrong signature of a known key', async () => {
    const note = await signNote('other\n', [log]);
    const wrong = signed + note.slice('other\n\n'.length);
    expect(() => openNote(wrong, [parseVerifierKey(neumann), key])).toThrow(
      failure('NOTE_SIGNATURE_WRONG') as Error,
    );
  });

  it.each([
    ['no signature', text],
    ['no blank line', signed.replace('\n\n', '\n')],
    ['no last newline', signed.slice(0, -1)],
    ['a control character', signed.replace('If', 'If\u0001')],
    ['a carriage return', signed.replace('\n', '\r\n')],
    ['another dash', signed.replace('—', '-')],
    ['base64 that is not the only one', signed.replace('JnAM=', 'JnAN=')],
    ['101 signatures', signed + signed.slice(text.length + 1).repeat(100)],
  ])('is not one with %s', (_, note) => {
    expect(() => openNote(note, [parseVerifierKey(neumann)])).toThrow(failure('NOTE_MALFORMED') as Error);
  });
});

describe('checkpoints', () => {
  const hashes = ['a', 'b', 'c'].map((entry) => merkleLeafHash(Buffer.from(entry)));
  const body = formatCheckpoint({ origin: log.keyName, size: 3, root: merkleRoot(hashes) });

  it('counts each witness once, and only over this checkpoint', async () => {
    const cosignature = `${await cosign(body, 1_800_000_000, witness)}\n`;
    const note = (await signNote(body, [log])) + cosignature;
    const policy = { keys: [key], witnesses: [witnessKey], witnessesNeeded: 1 };
    expect(openCheckpoint(note, policy)).toMatchObject({
      size: 3,
      witnessedBy: [{ timestamp: 1_800_000_000 }],
    });
    const bare = parseVerifierKeys(publicKeyPem(witness.publicKey), 'cosignature');
    expect(openCheckpoint(note, { ...policy, witnesses: bare }).witnessedBy).toHaveLength(1);
    for (const more of [
      { ...policy, witnessesNeeded: 2 },
      { keys: [key], witnesses: [{ ...key }], witnessesNeeded: 1 },
      { keys: [key], witnessesNeeded: 1 },
    ])
      expect(() => openCheckpoint(note + cosignature, more)).toThrow(failure('WITNESSES_MISSING') as Error);
    const other = (await signNote(body.replace('\n3\n', '\n4\n'), [log])) + cosignature;
    expect(() => openCheckpoint(other, policy)).toThrow(failure('NOTE_SIGNATURE_WRONG') as Error);
  });

  it('must be signed by the log that they are of', async () => {
    const other = testSigner('log.example/two');
    const otherKey = parseVerifierKey(formatVerifierKey(other.keyName, other.publicKey));
    const note = await signNote(body, [other]);
    const policy = { keys: [otherKey, key] };
    expect(() => openCheckpoint(note, policy)).toThrow(failure('NOTE_UNSIGNED') as Error);
  });

  it.each([
    '',
    'a\n1\n',
    'a\n01\nAA==\n',
    `a\n-1\n${'A'.repeat(43)}=\n`,
    `a\n9007199254740993\n${'A'.repeat(43)}=\n`,
  ])('are not %j', (given) => {
    expect(() => parseCheckpoint(given)).toThrow(failure('CHECKPOINT_MALFORMED') as Error);
  });

  it('carry log proofs', async () => {
    const checkpoint = await signNote(body, [log]);
    const proof = formatLogProof({ index: 1, hashes: inclusionProof(hashes, 1), checkpoint });
    expect(verifyLogProof(proof, Buffer.from('b'), { keys: [key] })).toMatchObject({
      index: 1,
      checkpoint: { size: 3 },
    });
    expect(() => verifyLogProof(proof, Buffer.from('c'), { keys: [key] })).toThrow(
      failure('PROOF_WRONG') as Error,
    );
    const elsewhere = proof.replace('index 1', 'index 2');
    expect(() => verifyLogProof(elsewhere, Buffer.from('b'), { keys: [key] })).toThrow(
      failure('PROOF_WRONG') as Error,
    );
    expect(formatLogProof(parseLogProof(proof))).toBe(proof);
    const extra = proof.replace('index', 'extra AAEC\nindex');
    expect(parseLogProof(extra)).toMatchObject({ extra: Buffer.of(0, 1, 2), index: 1 });
    for (const broken of [
      proof.replace('@v1', '@v2'),
      proof.replace('index 1', 'index 01'),
      proof.replace('=\n', '\n'),
      proof.replace('index 1', 'extra ?\nindex 1'),
      'c2sp.org/tlog-proof@v1',
    ])
      expect(() => parseLogProof(broken)).toThrow(failure('PROOF_MALFORMED') as Error);
  });
});

describe('rotations of keys', () => {
  const name = 'log.example/one';
  const [one, two, three, stranger] = ['a', 'b', 'c', 'd'].map(() => testSigner(name)) as [
    ...[Signer, Signer, Signer, Signer],
  ];
  const keyOf = ({ publicKey }: Signer) => parseVerifierKey(formatVerifierKey(name, publicKey));
  const chain = async () =>
    openRotations([await signRotation(one, two, 20), await signRotation(two, three, 30)]);

  it('lead from a trusted key to those after it, and from no other', async () => {
    const rotations = await chain();
    const [first, second, third] = [
      { ...keyOf(one), lastSize: 20 },
      { ...keyOf(two), lastSize: 30 },
      keyOf(three),
    ];
    expect(followRotations([keyOf(one)], rotations)).toEqual([first, second, third]);
    expect(followRotations([keyOf(two)], rotations)).toEqual([second, third]);
    expect(followRotations([keyOf(three), keyOf(one)], rotations)).toEqual([third, first, second]);
    expect(followRotations([keyOf(stranger)], rotations)).toEqual([keyOf(stranger)]);
    const [bare] = parseVerifierKeys(publicKeyPem(one.publicKey));
    expect(followRotations([bare as VerifierKey], rotations)).toHaveLength(3);
    const elsewhere = parseVerifierKey(formatVerifierKey('log.example/two', one.publicKey));
    expect(followRotations([elsewhere], rotations)).toHaveLength(1);
    expect(keyStreamOf(name)).toMatch(/^audit-[0-9a-f-]{36}$/);
  });

  it('end what a key signs', async () => {
    const keys = followRotations([keyOf(one)], await chain());
    const at = (size: number, by: Signer) =>
      signNote(formatCheckpoint({ origin: name, size, root: new Uint8Array(32) }), [by]);
    for (const [size, by] of [
      [20, one],
      [30, two],
      [31, three],
    ] as const)
      expect(openCheckpoint(await at(size, by), { keys })).toMatchObject({ size });
    for (const [size, by] of [
      [21, one],
      [31, two],
    ] as const) {
      const note = await at(size, by);
      expect(() => openCheckpoint(note, { keys })).toThrow(failure('KEY_RETIRED') as Error);
    }
  });

  it('are refused where they are no chain', async () => {
    const good = await signRotation(one, two, 20);
    const lines = good.split('\n');
    const named = (signer: Signer) => formatVerifierKey(name, signer.publicKey);
    const byStranger = (await signRotation(stranger, two, 20)).replace(named(stranger), named(one));
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['ROTATION_UNSIGNED', [byStranger]],
      ['ROTATION_UNSIGNED', [[...lines.slice(0, 5), lines[6], ''].join('\n')]],
      ['ROTATION_UNSIGNED', [good.replace('\n20\n', '\n21\n')]],
      ['ROTATION_FORKED', [good, await signRotation(one, three, 20)]],
      ['ROTATION_FORKED', [good, await signRotation(stranger, three, 20)]],
      ['ROTATION_BACKWARDS', [good, await signRotation(two, one, 30)]],
      ['ROTATION_BACKWARDS', [good, await signRotation(two, three, 19)]],
      ['ROTATION_UNSIGNED', [await signRotation(one, one, 1)]],
      ['ROTATION_MALFORMED', [await signRotation(one, testSigner('log.example/two'), 1)]],
      ['ROTATION_MALFORMED', [signed]],
      ['ROTATION_MALFORMED', [good.replace(named(two), 'nothing')]],
      ['ROTATION_MALFORMED', Array.from({ length: 1001 }, () => good)],
      ['NOTE_MALFORMED', ['']],
    ];
    for (const [code, statements] of cases)
      expect(() => openRotations(statements)).toThrow(failure(code) as Error);
  });
});

describe('DSSE', () => {
  const type = 'application/vnd.in-toto+json';

  it('signs what the specification says', () => {
    const example = preAuthentication('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(Buffer.from(example).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('opens by the given keys only', async () => {
    const envelope = await signEnvelope(type, Buffer.from('{}'), [log]);
    expect(Buffer.from(verifyEnvelope(envelope, [key], type).payload).toString()).toBe('{}');
    const [signature] = envelope.signatures;
    const cases: readonly (readonly [string, unknown])[] = [
      ['ENVELOPE_SIGNATURE_WRONG', { ...envelope, payload: 'e30K' }],
      ['ENVELOPE_TYPE', { ...envelope, payloadType: 'text/plain' }],
      ['ENVELOPE_UNSIGNED', { ...envelope, signatures: [] }],
      ['ENVELOPE_UNSIGNED', { ...envelope, signatures: [{ sig: 'AAAA' }] }],
      ['ENVELOPE_MALFORMED', { ...envelope, payload: 'e30' }],
      ['ENVELOPE_MALFORMED', { ...envelope, signatures: [{ ...signature, sig: 3 }] }],
      ['ENVELOPE_MALFORMED', null],
    ];
    for (const [code, given] of cases)
      expect(() => verifyEnvelope(given, [key], type)).toThrow(failure(code) as Error);
    expect(() => verifyEnvelope(envelope, [witnessKey], type)).toThrow(failure('ENVELOPE_UNSIGNED') as Error);
    const unnamed = { ...envelope, signatures: [{ sig: signature?.sig }] };
    expect(verifyEnvelope(unnamed, [witnessKey, key], type).signedBy).toEqual([key]);
  });
});

describe('audit leaf', () => {
  const recordedAt = '2026-11-27T01:02:03.004Z';
  const event = { stream: 'run-1', revision: 7, eventId: 'e', type: 'RunStarted' };

  it('is canonical JSON of the event’s place and digest', () => {
    const bytes = Buffer.from(
      `{"data":{"recordedAt":"no"},"metadata":{"recordedAt":"${recordedAt}","service":"x"}}`,
    );
    const leaf = leafOf(12, { ...event, bytes });
    expect(leaf).toMatchObject({ index: '12', revision: '7', recordedAt });
    expect(auditLeaf(leaf)).toEqual(Buffer.from(canonicalBytes({ ...leaf, v: 1 })));
    const odd = { ...leaf, type: 'a"b\u00e9\n' };
    expect(Buffer.from(auditLeaf(odd))).toEqual(Buffer.from(canonicalBytes({ ...odd, v: 1 })));
  });

  it('takes damaged bytes as they are', () => {
    for (const bytes of ['', '"recordedAt":"', '{"metadata":{"recordedAt":"yesterday"}}', '\xff\xfe'])
      expect(recordedAtOf(Buffer.from(bytes, 'latin1'))).toBe('');
    const told = JSON.stringify({
      data: { text: '"recordedAt":"2020-01-01T00:00:00.000Z"' },
      metadata: { recordedAt },
    });
    expect(recordedAtOf(Buffer.from(told))).toBe(recordedAt);
  });
});
