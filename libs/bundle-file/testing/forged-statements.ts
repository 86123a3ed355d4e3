import type { JsonObject } from '#kernel';
import { keyFingerprint } from '#evidence';
import { descriptionPaths } from '#domain/bundle';
import { predicates, slsa, without, type Forged } from './forgeries.js';
import { testSigner } from './signed-sample.js';

const { crate, attestations } = descriptionPaths;
const stranger = testSigner('example.org/log', 'a stranger');
const later = '2026-02-01T00:00:00.000Z';
/** What is attested, and by whom. */
export const forgedStatements: readonly Forged[] = [
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
      return build ? { ...predicate, buildDefinition: { ...build, resolvedDependencies: more } } : predicate;
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
  ['without its attestations', without(attestations), /attestations.intoto.jsonl is missing/],
  [
    'without both',
    { member: (path, bytes) => (path === crate || path === attestations ? undefined : bytes) },
    /carries no signature/,
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
      envelopes: (all) => all.map((one) => ({ ...one, signatures: Array(1e5).fill({ keyid: '', sig: '' }) })),
    },
    /not a DSSE envelope: signatures/,
  ],
  [
    'with too many envelopes',
    { envelopes: ([one]) => Array(100).fill(one) as object[] },
    /is not up to 16 whole lines/,
  ],
];
