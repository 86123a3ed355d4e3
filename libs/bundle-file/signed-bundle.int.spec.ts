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
const changed = (text: string, from: string | RegExp, to: string): Buffer => {
  expect(text).toMatch(from);
  return Buffer.from(text.replace(from, to));
};
const member = (wanted: string, from: string | RegExp, to: string): Forgery => ({
  member: (path, bytes) => (path === wanted ? changed(Buffer.from(bytes).toString(), from, to) : bytes),
});
/** By who has the key: what was changed is in the crate, and signed. */
const before = (wanted: string, from: string | RegExp, to: string): Forgery => ({
  before: (path, bytes) => (path === wanted ? changed(Buffer.from(bytes).toString(), from, to) : bytes),
});
const without = (wanted: string): Forgery => ({
  member: (path, bytes) => (path === wanted ? undefined : bytes),
});
const predicates = (change: (predicate: JsonObject, type: string) => object): Forgery => ({
  statements: (all) =>
    all.map((one) => ({ ...one, predicate: change(one.predicate as JsonObject, one.predicateType) })),
});
const slsa = (change: (run: JsonObject) => object): Forgery =>
  predicates((predicate, type) =>
    type.includes('slsa')
      ? { ...predicate, runDetails: change(predicate['runDetails'] as JsonObject) }
      : predicate,
  );
const later = '2026-02-01T00:00:00.000Z';
const { crate, prov, openlineage, sbom, attestations } = descriptionPaths;

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

  it.each<[what: string, forged: Forgery, told: RegExp]>([
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

  it.each<[what: string, forged: Forgery, says: RegExp]>([
    ['of another key', {}, /none of the given keys has signed it; it says that it is signed by [0-9a-f]{16}/],
    [
      'of which a file was changed, and listed anew',
      member('code/train.mjs', '1', '2'),
      /code\/train.mjs is another file than the member/,
    ],
    [
      'with an output changed, and listed anew',
      member('steps/1/train/outputs/model.json', '1', '9'),
      /not what the history says the step wrote/,
    ],
    [
      'with a log changed, and listed anew',
      member('steps/1/train/stdout', 'hello', 'hullo'),
      /not what the history says the step wrote/,
    ],
    [
      'with other code than the manifest pins, described and signed',
      before('code/train.mjs', '1', '2'),
      /code is not what the manifest pins/,
    ],
    [
      'without a file of its code, described and signed',
      { before: (path, bytes) => (path === 'code/train.mjs' ? undefined : bytes) },
      /code is not what the manifest pins/,
    ],
    [
      'with another fingerprint, described and signed',
      before('fingerprint.json', '26.10.0', '26.10.1'),
      /fingerprint.json is not what the history says that the run started with/,
    ],
    [
      'with other software than was captured, described and signed',
      before(sbom, '"version":"26.10.0"', '"version":"26.10.1"'),
      /sbom.cdx.json: runtime is not what the fingerprint says/,
    ],
    [
      'with a crate that tells of another knob',
      member(crate, '"value":"0.1"', '"value":"0.2"'),
      /#knob\/l2 is not what the manifest pins/,
    ],
    [
      'with a crate that tells of another environment',
      member(crate, /"softwareVersion":"sha256:[^"]*","identifier":"sha256:./, '"identifier":"sha256:x'),
      /#environment is not what the manifest pins/,
    ],
    [
      'with a crate of another person',
      member(
        crate,
        /"agent":\{"@id":"urn:uuid:[^"]*"\},"instrument":\{"@id":"manifest/,
        '"agent":{"@id":"urn:uuid:x"},"instrument":{"@id":"manifest',
      ),
      /was submitted by somebody else, the history says/,
    ],
    [
      'with a crate whose step gave another file',
      member(crate, /("name":"steps\/1\/train"[^]*?"result":\{"@id":)"steps[^"]*"/, '$1"manifest.json"'),
      /#action\/steps\/1\/train gave other files than the history says/,
    ],
    [
      'with lineage of other data',
      member(openlineage, /"datasetVersion":"sha256:./, '"datasetVersion":"sha256:x'),
      /names data of which manifest and history say nothing/,
    ],
    [
      'with lineage of a step that failed',
      member(openlineage, 'COMPLETE', 'FAIL'),
      /has steps that ended otherwise/,
    ],
    [
      'with statements of which that about the results was left out',
      { envelopes: (all) => all.slice(0, 1) },
      /attests not every result of the run/,
    ],
    [
      'with a statement of better metrics',
      predicates((predicate, type) =>
        type.includes('slsa') ? predicate : { ...predicate, metrics: [{ name: 'accuracy', value: 1 }] },
      ),
      /the metrics is not what manifest and history say/,
    ],
    [
      'with provenance of more than the manifest pins',
      predicates((predicate) => {
        const build = predicate['buildDefinition'] as JsonObject | undefined;
        const dependencies = build?.['resolvedDependencies'] as JsonObject[] | undefined;
        const more = [...(dependencies ?? []), { name: 'data.more', digest: { sha256: 'f'.repeat(64) } }];
        return build
          ? { ...predicate, buildDefinition: { ...build, resolvedDependencies: more } }
          : predicate;
      }),
      /what it depended on is not what manifest and history say/,
    ],
    [
      'with provenance that began at another time',
      slsa(({ metadata, ...run }) => ({
        ...run,
        metadata: { ...(metadata as JsonObject), startedOn: later },
      })),
      /when it began is not what/,
    ],
    [
      'with provenance of another release',
      slsa((run) => ({ ...run, builder: { id: 'x', version: { holdfast: '9' } } })),
      /the release is not what/,
    ],
    [
      'with a statement of more attempts',
      predicates((predicate, type) => (type.includes('slsa') ? predicate : { ...predicate, attempts: 7 })),
      /the attempts is not what/,
    ],
    [
      'of a run with better metrics than its step',
      { end: { metrics: [{ name: 'accuracy', value: 1, count: 1, min: 1, max: 1, folds: 0 }] } },
      /the metrics of the run are not those that follow from its steps/,
    ],
    [
      'of a step with better metrics than it wrote',
      { step: { summary: [{ name: 'accuracy', value: 1, count: 1, min: 1, max: 1, folds: 0 }] } },
      /does not hold the metrics that the history says the step wrote/,
    ],
    [
      'of a step that wrote nothing but ends of lines, and says so',
      { step: { summary: [{ name: 'a', value: 1, count: 2 ** 24, min: 1, max: 1, folds: 0 }] } },
      /does not hold the metrics that the history says the step wrote/,
    ],
    [
      'with a fingerprint of other sections',
      before('history.jsonl', /runtime\\":\\"sha256:./, 'runtime\\":\\"sha256:x'),
      /fingerprint.json does not have the sections that the history says/,
    ],
    [
      'of another blueprint than it was submitted with',
      before('history.jsonl', 'default/birds', 'default/words'),
      /submitted with something else than the manifest: blueprint/,
    ],
    [
      'submitted with another knob',
      before('history.jsonl', '"knobs\\":{\\"l2\\":0.1', '"knobs\\":{\\"l2\\":0.2'),
      /submitted with something else than the manifest: knobs/,
    ],
    [
      'that was admitted twice',
      before('history.jsonl', '"type":"RunStarted"', '"type":"RunAdmitted"'),
      /does not begin with one submission and its admission/,
    ],
    [
      'of a step with another seed',
      { step: { seed: '0'.repeat(64) } },
      /its seed is not the one that follows from the manifest/,
    ],
    [
      'of a step that is not planned',
      { step: { step: 'tune' } },
      /steps\/1\/tune is no step of the manifest/,
    ],
    ['of a fold that is not planned', { step: { fold: 0 } }, /steps\/1\/train\/0 is no step of the manifest/],
    ['of a step without its output', { step: { outputs: [] } }, /not those that the manifest declares/],
    ['of an attempt too many', { step: { epoch: 2 } }, /is of an attempt that the manifest does not allow/],
    [
      'of a step that says nothing of its outputs',
      before('history.jsonl', /outputs\\":\[[^\]]+\]/, 'outputs\\":null'),
      /not those that the manifest declares/,
    ],
    [
      'that completed without its step',
      { step: { type: 'StepFailed', failure: { class: 'timeout', message: '' } } },
      /the run completed without the step train/,
    ],
    [
      'of a run with fewer steps than its manifest',
      before('history.jsonl', 'stepsTotal\\":1', 'stepsTotal\\":2'),
      /admitted with something else than the manifest: stepsTotal/,
    ],
    [
      'with a history of nothing but ends of lines',
      { before: (path, bytes) => (path === 'history.jsonl' ? Buffer.alloc(2 ** 24, '\n') : bytes) },
      /more than 1000000 lines/,
    ],
    [
      'with a history written otherwise',
      before('history.jsonl', '"revision":0', '"revision":0.0'),
      /line 1: not written as an event is/,
    ],
    [
      'with another manifest',
      member('manifest.json', '"l2":0.1', '"l2":0.2'),
      /admitted with something else than the manifest: manifest/,
    ],
    [
      'with another history',
      member('history.jsonl', 'RunCompleted', 'RunCancelled'),
      /history.jsonl is another file than/,
    ],
    [
      'with a crate that names another file',
      member(crate, '"@id":"fingerprint.json","@type"', '"@id":"other.json","@type"'),
      /other.json is no member of the bundle/,
    ],
    ['without its crate', without(crate), /ro-crate-metadata.json is missing/],
    ['without its attestations', without(attestations), /attestations.intoto.jsonl is missing/],
    [
      'without both',
      { member: (path, bytes) => (path === crate || path === attestations ? undefined : bytes) },
      /carries no signature/,
    ],
    [
      'with a crate of another run',
      member(crate, /"identifier":"urn:uuid:[^"]*"/, '"identifier":"urn:uuid:x"'),
      /about another run/,
    ],
    ['with a crate that is no JSON', member(crate, '{', '['), /ro-crate-metadata.json/],
    [
      'with a crate nested too deep',
      { member: (path, bytes) => (path === crate ? Buffer.from('['.repeat(100_000)) : bytes) },
      /nest|deep/,
    ],
    [
      'with lineage of another end',
      member(openlineage, /COMPLETE(?![^]*COMPLETE)/, 'FAIL'),
      /ended otherwise than the history says/,
    ],
    [
      'with lineage cut short',
      { member: (path, bytes) => (path === openlineage ? bytes.subarray(0, bytes.indexOf(10) + 1) : bytes) },
      /does not tell of every step/,
    ],
    [
      'with provenance of other bytes',
      member(prov, /"holdfast:digest":"sha256:./, '"holdfast:digest":"sha256:g'),
      /is not what the history says/,
    ],
    [
      'with software of another environment',
      member(sbom, /sha256:/, 'sha257:'),
      /another environment than the fingerprint/,
    ],
    [
      'with statements about other files',
      {
        statements: (all) =>
          all.map((one) => ({
            ...one,
            subject: one.subject.map((each) => ({ ...each, digest: { sha256: 'f'.repeat(64) } })),
          })),
      },
      /subject is no member of this bundle/,
    ],
    [
      'with statements about nothing',
      { statements: (all) => all.map((one) => ({ ...one, subject: [] })) },
      /with a subject/,
    ],
    [
      'with another claim of its result',
      predicates((predicate, type) =>
        type.includes('holdfast') ? { ...predicate, reproducibilityKey: 'sha256:0' } : predicate,
      ),
      /the reproducibility key is not what manifest and history say/,
    ],
    [
      'with another claim of its end',
      predicates((predicate, type) =>
        type.includes('holdfast') ? { ...predicate, outcome: 'failed' } : predicate,
      ),
      /the outcome is not what/,
    ],
    [
      'with another claim of how it was made',
      predicates((predicate, type) => (type.includes('slsa') ? { ...predicate, runDetails: {} } : predicate)),
      /the run is not what/,
    ],
    [
      'with statements of SLSA alone',
      { statements: (all) => all.slice(1) },
      /needs one statement https:\/\/holdfast/,
    ],
    ['with a statement twice', { statements: (all) => [...all, all[0]!] }, /one twice|needs one statement/],
    [
      'with a statement of another kind',
      { statements: (all) => [...all, { ...all[0]!, predicateType: 'https://example.org/x' }] },
      /of another kind/,
    ],
    [
      'with results of a run that failed',
      {
        outcome: 'RunFailed',
        statements: (all) => [...all, { ...all[0]!, predicateType: 'https://slsa.dev/provenance/v1' }],
      },
      /attests results of a run that has none/,
    ],
    [
      'whose signatures were swapped',
      {
        envelopes: ([a, b]) => [
          { ...a!, signatures: b!.signatures },
          { ...b!, signatures: a!.signatures },
        ],
      },
      /the signature by a given key is wrong/,
    ],
    [
      'whose signature says another key',
      {
        envelopes: (all) =>
          all.map((one) => ({
            ...one,
            signatures: one.signatures.map(({ sig }) => ({ sig, keyid: keyFingerprint(stranger.publicKey) })),
          })),
      },
      /^$/,
    ],
    [
      'whose envelopes are not signed',
      { envelopes: (all) => all.map((one) => ({ ...one, signatures: [] })) },
      /none of the given keys has signed it/,
    ],
    [
      'whose payload is of another type',
      { envelopes: (all) => all.map((one) => ({ ...one, payloadType: 'text/plain' })) },
      /the payload is "text\/plain"/,
    ],
    [
      'whose signature is of another algorithm',
      {
        envelopes: (all) =>
          all.map((one) => ({
            ...one,
            signatures: [{ keyid: '', sig: Buffer.alloc(256, 1).toString('base64') }],
          })),
      },
      /none of the given keys has signed it/,
    ],
    [
      'whose signature is the low-order one of any message',
      {
        envelopes: (all) =>
          all.map((one) => ({
            ...one,
            signatures: [
              { keyid: '', sig: Buffer.concat([Buffer.of(1), Buffer.alloc(63)]).toString('base64') },
            ],
          })),
      },
      /none of the given keys has signed it/,
    ],
    [
      'with a million signatures',
      {
        envelopes: (all) =>
          all.map((one) => ({ ...one, signatures: Array(1e5).fill({ keyid: '', sig: '' }) })),
      },
      /not a DSSE envelope: signatures/,
    ],
    [
      'with too many envelopes',
      { envelopes: ([one]) => Array(100).fill(one) as object[] },
      /is not up to 16 whole lines/,
    ],
    [
      'of which the log holds another core',
      { sealed: (data) => ({ ...data, core: `sha256:${'0'.repeat(64)}` }) },
      /the log holds another bundle of this run: its core/,
    ],
    [
      'of which the log holds another end',
      { sealed: (data) => ({ ...data, outcome: 'failed' }) },
      /its outcome is not this one's/,
    ],
    [
      'with a leaf of another event',
      {
        leaf: (bytes, i) =>
          i === 1 ? changed(Buffer.from(bytes).toString(), /"eventId":"./, '"eventId":"g') : bytes,
      },
      /its leaf is of another event/,
    ],
    [
      'with a leaf of other bytes',
      {
        leaf: (bytes, i) =>
          i === 1 ? changed(Buffer.from(bytes).toString(), /"bytesSha256":"./, '"bytesSha256":"g') : bytes,
      },
      /of other bytes than the event/,
    ],
    [
      'with a leaf written otherwise',
      { leaf: (bytes, i) => (i === 1 ? changed(Buffer.from(bytes).toString(), ',', ', ') : bytes) },
      /its leaf is not one/,
    ],
    [
      'with a proof of nothing in it',
      {
        proofs: (files) =>
          Object.fromEntries(
            Object.entries(files).map(([name, bytes]) => [name.replace(/^.{8}/, '00000000'), bytes]),
          ),
      },
      /its leaf is of another event/,
    ],
    [
      'with half of a proof',
      {
        proofs: (files) =>
          Object.fromEntries(Object.entries(files).filter(([name]) => !name.endsWith('.leaf'))),
      },
      /leaf is missing/,
    ],
    [
      'with a proof cut short',
      {
        proofs: (files) =>
          Object.fromEntries(
            Object.entries(files).map(([name, bytes]) => [
              name,
              name.endsWith('proof') ? bytes.subarray(0, 60) : bytes,
            ]),
          ),
      },
      /not a log proof/,
    ],
    [
      'with a proof without a hash',
      {
        proofs: (files) =>
          Object.fromEntries(
            Object.entries(files).map(([name, bytes]) => [
              name,
              name.endsWith('proof')
                ? Buffer.from(
                    Buffer.from(bytes)
                      .toString()
                      .replace(/\n[A-Za-z0-9+/=]{44}\n/, '\n'),
                  )
                : bytes,
            ]),
          ),
      },
      /the entry is not at index/,
    ],
  ])('is refused: one %s', async (what, forged, says) => {
    const made = await signedSample(what === 'of another key' ? stranger : signer, forged);
    const { problems, proven } = await verified(made.file);
    const told = problems.map(({ field, message }) => `${field} ${message}`).join('\n');
    expect(told).toMatch(says);
    expect(proven.length === 0).toBe(problems.length > 0);
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
  it.each<[what: string, forged: Forgery, says: RegExp]>([
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
