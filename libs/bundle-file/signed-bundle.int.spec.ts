import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#kernel';
import {
  canonicalBytes,
  digestBytes,
  formatVerifierKey,
  keyFingerprint,
  nameId,
  parseVerifierKey,
  signRotation,
  type VerifierKey,
} from '#evidence';
import { descriptionPaths } from '#domain/bundle';
import { signatureStream } from '#domain/signature';
import { verifyBundle, type VerifyOptions } from './index.js';
import { forgedContents } from './testing/forged-contents.js';
import { forgedDescriptions } from './testing/forged-descriptions.js';
import { forgedProofs } from './testing/forged-proofs.js';
import { forgedStatements } from './testing/forged-statements.js';
import { before, member, slsa, without, type Forged } from './testing/forgeries.js';
import { signedSample, testSigner, type Forgery } from './testing/index.js';

const signer = testSigner();
const keyOf = ({ keyName: name, publicKey }: typeof signer): VerifierKey => ({
  name,
  algorithm: 'ed25519',
  publicKey,
});
const keys = [keyOf(signer)];
/** The data of the sample. */
const rows = 'a,b\n1,2\n';
const stranger = testSigner(signer.keyName, 'a stranger');
let dir: string;
let made = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-signed-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function verified(bytes: Uint8Array, options: VerifyOptions = { keys }) {
  const path = join(dir, String(made++));
  await writeFile(path, bytes);
  return verifyBundle(path, options);
}
const { crate, prov, attestations } = descriptionPaths;

describe('a signed bundle', () => {
  it('proves who attested it and that a log holds it, and is the same whenever it is made', async () => {
    const { file, core, run } = await signedSample();
    expect((await signedSample()).file.equals(file)).toBe(true);
    const report = await verified(file);
    expect(report).toMatchObject({
      ...{ run, outcome: 'completed', problems: [], members: core.entries.length },
      signedBy: [keyFingerprint(signer.publicKey)],
      log: { origin: signer.keyName, size: 3 },
    });
    expect(report.proven.join('\n')).toMatch(
      /attested this run[^]*holds the event[^]*holds the sealing of exactly this core/,
    );
    // Any of several keys will do, and one without a name.
    const bare: VerifierKey = { algorithm: 'ed25519', publicKey: signer.publicKey };
    expect((await verified(file, { keys: [keyOf(stranger), bare] })).problems).toEqual([]);
  });

  it('says what it does not prove without a key, without proofs, by another log', async () => {
    const { file } = await signedSample();
    const unkeyed = await verified(file, {});
    expect(unkeyed.problems).toEqual([]);
    expect(unkeyed.signedBy).toBeUndefined();
    expect(unkeyed.log).toBeUndefined();
    expect(unkeyed.notProven.join('\n')).toMatch(
      /no key was given, so no signature[^]*of any log: no key was given/,
    );
    const bare = await signedSample(signer, { proofs: () => ({}) });
    const report = await verified(bare.file);
    expect(report.problems).toEqual([]);
    expect(report.notProven.join('\n')).toMatch(
      /a log holds the end of the run and the sealing of this core/,
    );
  });

  it('says which data and which environment it carries, and which it only names', async () => {
    const told = async (...beside: string[]) => {
      const { problems, notProven } = await verified((await signedSample(signer, { beside })).file);
      return { problems: problems.map(({ message }) => message), told: notProven.join('\n') };
    };
    const [data, environment] = [/the data still exist \(rows\)/, /the environment it ran in still exists/];
    const [neither, withData, withBoth] = [await told(), await told(rows), await told(rows, 'node')];
    expect(neither).toEqual({ problems: [], told: expect.stringMatching(data) });
    expect(withData).toEqual({ problems: [], told: expect.stringMatching(environment) });
    expect(withData.told).not.toMatch(data);
    expect(withBoth.problems).toEqual([]);
    expect(withBoth.told).not.toMatch(environment);
    expect(await told(rows, 'smuggled')).toMatchObject({ problems: ['is nothing that the manifest pins'] });
  });

  it.each<Forged>([
    [
      'of the crate',
      {
        wording: (path, text) =>
          path === crate ? text.replace('No license was stated', 'Public domain') : text,
      },
      /every word of ro-crate-metadata.json: this release/,
    ],
    [
      'of the lineage',
      {
        wording: (path, text) =>
          path === prov ? text.replaceAll('"prov:startTime":"2026', '"prov:startTime":"2025') : text,
      },
      /every word of lineage\/prov.json: this release/,
    ],
    [
      'of a statement',
      slsa(({ builder, ...run }) => ({
        ...run,
        builder: { ...(builder as JsonObject), id: 'https://example.org' },
      })),
      /every word of attestations.intoto.jsonl: this release/,
    ],
  ])('says when the words %s are not what it would have said', async (_, forged, told) => {
    const words = ({ proven, notProven }: { proven: readonly string[]; notProven: readonly string[] }) => [
      proven.some((one) => one.includes('word for word')),
      notProven.filter((one) => one.startsWith('every word of')),
    ];
    expect(words(await verified((await signedSample()).file))).toEqual([true, []]);
    const report = await verified((await signedSample(signer, forged)).file);
    expect(report.problems).toEqual([]);
    expect(words(report)).toEqual([false, [expect.stringMatching(told)]]);
  });

  it('asks for witnesses where that is wanted', async () => {
    const witness = testSigner('example.org/witness', 'witness');
    const known = parseVerifierKey(formatVerifierKey(witness.keyName, witness.publicKey, 'cosignature'));
    const { file } = await signedSample();
    const policy = { witnesses: [known], witnessesNeeded: 1 };
    expect((await verified(file, { keys, witnesses: policy })).problems).toMatchObject([
      { message: expect.stringContaining('0 of the given witnesses') },
      { message: expect.stringContaining('0 of the given witnesses') },
    ]);
  });

  it.each([...forgedContents, ...forgedDescriptions, ...forgedStatements, ...forgedProofs])(
    'is refused: one %s',
    async (_, forged, says) => {
      const { problems, proven } = await verified((await signedSample(signer, forged)).file);
      expect(problems.map(({ field, message }) => `${field} ${message}`).join('\n')).toMatch(says);
      expect(proven.length === 0).toBe(problems.length > 0);
    },
  );

  it('is refused: one of another key', async () => {
    const { problems, proven } = await verified((await signedSample(stranger)).file);
    expect(problems.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /none of the given keys has signed it; it says that it is signed by [0-9a-f]{16}/,
      ),
    );
    expect(proven).toEqual([]);
  });

  it('is not taken for the log’s by a key of another log, nor for ours by a witness', async () => {
    const { file } = await signedSample(signer, {}, stranger);
    expect((await verified(file)).problems.map(({ field }) => field)).toEqual([
      expect.stringMatching(/^proofs\//),
      expect.stringMatching(/^proofs\//),
    ]);
    const of = ({ field }: { field: string }) => field.replace(/\/.*| .*/, '');
    const { problems } = await verified((await signedSample()).file, { keys: [keyOf(stranger)] });
    expect(problems.map(of)).toEqual([attestations, attestations, 'proofs', 'proofs']);
    const witness: VerifierKey = { ...keyOf(signer), algorithm: 'cosignature' };
    const confused = await verified((await signedSample()).file, { keys: [witness] });
    expect(confused.problems.length).toBeGreaterThan(3);
  });

  it('is proven by a key of before to whoever has the statements that lead to the present one', async () => {
    const next = testSigner(signer.keyName, 'the next key');
    const rotation = await signRotation(signer, next, 2);
    const exported = async (...statements: string[]) =>
      (
        await signedSample(
          signer,
          { proofs: (files) => ({ ...files, 'keys.json': canonicalBytes(statements) }) },
          next,
        )
      ).file;
    const sound = await verified(await exported(rotation));
    expect(sound).toMatchObject({ problems: [], log: { origin: signer.keyName, size: 3 } });
    expect(sound.proven.at(-1)).toContain('under the given key, or one that has followed it');
    expect((await verified((await signedSample(signer, {}, next)).file)).problems).not.toEqual([]);
    const wrong = await verified(await exported(rotation), { keys: [keyOf(stranger)] });
    const unsigned = wrong.problems.filter(({ message }) =>
      /none of the given keys has signed/.test(message),
    );
    expect(unsigned.map(({ field }) => field.slice(0, 6)).sort()).toEqual(
      ['attest', 'attest', 'proofs', 'proofs'].sort(),
    );

    for (const [statements, message] of [
      [[rotation, await signRotation(signer, stranger, 3)], /not the last one/],
      [[rotation, await signRotation(next, signer, 3)], /goes back/],
      [[rotation.replace('\n2\n', '\n3\n')], /not signed by both/],
      [[], /no list of statements/],
    ] as const) {
      const { problems } = await verified(await exported(...statements));
      expect(problems).toContainEqual(
        expect.objectContaining({
          field: 'proofs/keys.json',
          message: expect.stringMatching(message),
        }),
      );
    }
    // When it attested the run, that was the key: it was sealed before, and the next key says so.
    const inUse = async (lastSize: number, later: number) => {
      const statement = await signRotation(signer, next, lastSize);
      const proofs: Forgery['proofs'] = (files) => ({ ...files, 'keys.json': canonicalBytes([statement]) });
      const report = await verified((await signedSample(signer, { later, proofs }, next)).file);
      expect(report.problems).toEqual([]);
      const says = (words: readonly string[]) => words.filter((one) => one.includes('was in use when'));
      return [says(report.proven), says(report.notProven)];
    };
    const key = keyFingerprint(signer.publicKey).slice(0, 16);
    const told = `the key ${key} was in use when it attested this run: the sealing is entry 2 of`;
    expect(await inUse(3, 2)).toEqual([[`${told} 5, and that key counts up to 3 entries`], []]);
    expect(await inUse(2, 2)).toEqual([[], [`that ${told} 5, and that key counts up to 2 entries`]]);
    expect(await inUse(3, 0)).toEqual([[], [`that ${told} 3, and that key counts up to 3 entries`]]);
    // The old key signs nothing more of a log that is longer than when it handed over.
    const stolen = await signedSample(signer, {
      proofs: (files) => ({ ...files, 'keys.json': canonicalBytes([rotation]) }),
    });
    expect((await verified(stolen.file)).problems).toMatchObject([
      { message: expect.stringMatching(/another one had followed/) },
      {},
    ]);
  });

  it('has the signatures over its blueprint, each of which holds by itself', async () => {
    const report = await verified((await signedSample(signer, { approved: {} })).file);
    expect(report.problems).toEqual([]);
    const ada = nameId('actor', 'Ada');
    expect(report.proven).toContain(
      `the pseudonym ${ada} signed exactly this version of the blueprint (approval), with the key that the signature names`,
    );
    expect(report.proven.filter((text) => text.includes('signed exactly this version'))).toHaveLength(2);
    const before = 'holds every signature over the blueprint before the admission of the run';
    expect(report.proven.join('\n')).toContain(before);
    expect(report.notProven.join('\n')).toMatch(/who is behind a pseudonym that signed the blueprint/);
    const bare = await verified((await signedSample(signer, { approved: {}, proofs: () => ({}) })).file);
    expect(bare.problems).toEqual([]);
    expect(bare.notProven.join('\n')).toMatch(/signed before the run was admitted: the installation says so/);
    const one = nameId('event', signatureStream(ada));
    const fewer: Forgery['proofs'] = (files) =>
      Object.fromEntries(Object.entries(files).filter(([name]) => !name.startsWith(one)));
    const { proven, problems } = await verified(
      (await signedSample(signer, { approved: {}, proofs: fewer })).file,
    );
    expect([problems, proven.join('\n').includes(before)]).toEqual([[], false]);
    const many = await verified((await signedSample(signer, { approved: { more: 40 } })).file);
    expect([many.problems, many.proven.join('\n').includes(before)]).toEqual([[], true]);
  });

  const approvals = 'approvals.jsonl';
  it.each<Forged>([
    ['over another version', { approved: { version: digestBytes('2') } }, /about another version/],
    ['over another document', { approved: { document: digestBytes('2') } }, /about another document/],
    ['from after its admission', { approved: { late: true } }, /signed after the run was admitted/],
    ['by somebody else', { approved: { recordedBy: nameId('actor', 'Eve') } }, /recorded by somebody else/],
    [
      'for another meaning',
      { approved: {}, ...member(approvals, 'responsibility', 'review') },
      /the review by \S+ is not signed by the key/,
    ],
    ['over changed bytes', { approved: {}, ...member(approvals, 'c-1', 'c-2') }, /is of something else/],
    [
      'and another rationale',
      { approved: {}, ...before('blueprint.json', 'Do bills tell?', 'They do.') },
      /blueprint.json has another name or rationale than the manifest/,
    ],
    ['twice', { approved: {}, ...member(approvals, /([^\n]*\n)$/, '$1$1') }, /holds a signature twice/],
    ['of nobody', { approved: {}, ...member(approvals, /\n[^]*/, '\n') }, /approves nothing/],
    [
      'of which one was taken out',
      { approved: {}, ...member(approvals, /[^\n]*\n$/, '') },
      /the approvals is not what/,
    ],
    ['that were all taken out', { approved: {}, ...without(approvals) }, /the approvals is not what/],
  ])('is refused: one with signatures over its blueprint %s', async (_, forged, says) => {
    const { problems } = await verified((await signedSample(signer, forged)).file);
    expect(problems.map(({ field, message }) => `${field} ${message}`).join('\n')).toMatch(says);
  });

  it('of one run does not hold with the attestations of another', async () => {
    const other = await signedSample(signer, { weights: '{"weights":[3]}' });
    const theirs = other.file.subarray(
      other.file.indexOf('{"payloadType"'),
      other.file.indexOf(
        '\n',
        other.file.indexOf('{"payloadType"', other.file.indexOf('{"payloadType"') + 1),
      ) + 1,
    );
    const { file } = await signedSample(signer, {
      member: (path, bytes) => (path === attestations ? theirs : bytes),
    });
    expect((await verified(file)).problems.map(({ message }) => message).join()).toMatch(
      /subject is no member/,
    );
  });
});
