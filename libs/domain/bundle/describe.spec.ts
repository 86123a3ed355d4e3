import { describe, expect, it } from '@jest/globals';
import type { Digest, Instant } from '#kernel';
import { digestBytes, nameId, treeOf, type TreeEntry } from '#evidence';
import type { RunEvent } from '#domain/run';
import { describeRun, descriptionPaths, sbomBytes, type Described, type RunRecord } from './index.js';

const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;
const at = (second: number) => `2026-01-31T09:30:0${second}.000Z` as Instant;
const run = nameId('run', 'described');
const empty = { digest: digestBytes(''), sizeBytes: 0 };
const step = (name: string, fold: number | null, more: object = {}) =>
  ({
    ...{ type: 'StepCompleted', epoch: 1, step: name, fold, undeclared: [], summary: [], durationMs: 500 },
    ...{ stdout: empty, stderr: empty, metrics: empty, exitCode: 0, seed: '0'.repeat(64), at: at(2) },
    outputs: [{ name: 'model', path: 'a model.json', kind: 'file', digest: digest('1'), sizeBytes: 3 }],
    ...more,
  }) as Extract<RunEvent, { type: 'StepCompleted' | 'StepFailed' }>;
const plots = { name: 'plots', path: 'plots', kind: 'tree', digest: digest('2'), sizeBytes: 5 };
const file = (path: string, digit = '3'): TreeEntry => ({
  ...{ path, digest: digest(digit), sizeBytes: 3, mode: '100644' },
});

const completed: RunRecord = {
  ...{ run, namespace: 'birds', manifestDigest: digest('a'), reproducibilityKey: digest('b') },
  manifest: {
    v: 1,
    pinned: {
      code: { tree: digest('c'), sizeBytes: 4 },
      environment: { kind: 'node', digest: digest('e') },
      data: {
        rows: { digest: digest('d'), format: 'csv', folds: { algorithm: 'k-fold/1', k: 2, seed: 1 } },
        again: { digest: digest('d'), format: 'csv' },
      },
      knobs: { seed: 3, rate: 0.1, name: 'adam', fast: true },
      seed: { root: 7, method: 'hkdf-sha256/1' },
      determinism: { sourceDateEpoch: 315_532_800, network: false, variables: {} },
      steps: {
        train: {
          run: ['node', 'train.mjs'],
          in: { raw: { data: 'rows' } },
          out: { model: 'm' },
          each: 'fold',
        },
        report: {
          run: ['node', 'r.mjs'],
          in: { all: { step: 'train' } },
          out: { model: 'm', plots: 'plots' },
        },
      },
      resources: { cpu: 1, memoryBytes: 2 ** 28, timeoutMs: 120_000, diskBytes: 2 ** 30, pids: 256 },
      ...{ isolation: null, architecture: 'x64', secrets: {} },
    },
    declared: {
      blueprint: { namespace: 'birds', name: 'species', version: digest('f') },
      environment: { name: 'node-26' },
      why: 'Why?',
      metrics: { accuracy: { goal: 'maximize', tolerance: { abs: 0, rel: 0 }, unit: '1' } },
      retry: { attempts: 1, on: [] },
      datasets: { rows: 'rows@1', again: 'rows@1' },
      ...{ pool: 'default', labels: {} },
    },
  },
  events: [
    {
      ...{ type: 'RunSubmitted', namespace: 'birds', requestDigest: digest('8'), knobs: {}, pool: 'default' },
      ...{ blueprint: { name: 'birds/species', version: digest('f') }, priority: 0, submittedAt: at(0) },
    },
    {
      ...{ type: 'RunAdmitted', manifest: digest('a'), reproducibilityKey: digest('b'), stepsTotal: 3 },
      retry: { attempts: 1, on: [] },
    },
    {
      ...{ type: 'RunStarted', epoch: 1, fingerprint: digest('9'), sections: {}, hostNotIsolated: false },
      ...{ isolation: { level: 'bubblewrap' }, at: at(1) },
    },
    step('train', 0),
    step('train', 1),
    step('report', null, { outputs: [...step('report', null).outputs, plots] }),
    { type: 'RunCompleted', epoch: 1, metrics: [], at: at(3) },
  ],
  actor: { id: nameId('actor', 'x'), type: 'person' },
  release: '0.1.0',
  members: treeOf([
    ...['manifest.json', 'history.jsonl', 'code/train.mjs', 'steps/1/report/outputs/plots/a #1.svg'].map(
      (path) => file(path),
    ),
    ...['train/0', 'train/1', 'report'].map((path) => file(`steps/1/${path}/outputs/a model.json`, '1')),
    { ...file('code/link'), mode: '120000', target: 'train.mjs' },
  ]),
};
const failed: RunRecord = {
  ...completed,
  events: [
    ...completed.events.slice(0, 4),
    step('train', 1, {
      type: 'StepFailed',
      outputs: [],
      failure: { class: 'timeout', message: '/home/ada/x' },
    }),
    { type: 'RunFailed', epoch: 1, failure: { class: 'timeout', message: '/home/ada/x' }, at: at(3) },
  ],
};
const cancelled: RunRecord = {
  ...completed,
  events: [...completed.events.slice(0, 2), { type: 'RunCancelled', epoch: 0, at: at(3) }],
};

type Node = Record<string, unknown> & { '@id': string };
const document = ({ core, documents }: Described, path: string): string => {
  const wanted = core.entries.find((entry) => entry.path === path)?.digest;
  const bytes = documents.find((one) => digestBytes(one) === wanted);
  return new TextDecoder().decode(bytes);
};
const graphOf = (record: RunRecord): Node[] =>
  (JSON.parse(document(describeRun(record), descriptionPaths.crate)) as { '@graph': Node[] })['@graph'];
const approved: RunRecord = {
  ...completed,
  members: treeOf([...completed.members.entries, file('blueprint.json'), file('approvals.jsonl')]),
  approvals: [
    { event: nameId('event', '1'), meaning: 'approval', signer: nameId('actor', 'y'), signedAt: at(0) },
    { event: nameId('event', '2'), meaning: 'review', signer: nameId('actor', 'x'), signedAt: at(0) },
  ],
};
const all = [
  ['completed', completed],
  ['completed, and was approved', approved],
  ['failed', failed],
  ['cancelled', cancelled],
] as const;

describe('a description of a run', () => {
  it.each(all)(
    'that is %s has the same bytes whenever it is made, and says nothing that a machine said',
    (_, record) => {
      const [one, two] = [describeRun(record), describeRun(structuredClone(record))];
      expect(one).toEqual(two);
      expect(one.documents).toHaveLength(3);
      const text =
        one.documents.map((bytes) => new TextDecoder().decode(bytes)).join('') +
        JSON.stringify(one.statements);
      expect(text).not.toContain('/home/ada');
    },
  );

  it.each(all)(
    'that is %s is a crate that names every file, and nothing that it does not hold',
    (_, record) => {
      const graph = graphOf(record);
      const ids = graph.map((node) => node['@id']);
      expect(new Set(ids).size).toBe(ids.length);
      const known = new Set([...ids, 'https://w3id.org/ro/crate/1.1', 'https://holdfast.dev/']);
      const refer = (value: unknown): string[] =>
        typeof value !== 'object' || value === null
          ? []
          : '@id' in value && Object.keys(value).length === 1
            ? [value['@id'] as string]
            : Object.values(value).flatMap(refer);
      const dangling = graph.flatMap((node) => refer(Object.values(node))).filter((id) => !known.has(id));
      expect(dangling.filter((id) => !id.startsWith('https://bioschemas.org/'))).toEqual([]);
      const files = graph.filter(
        (node) => typeof node['sha256'] === 'string' && !node['@id'].startsWith('ni:'),
      );
      const described = describeRun(record).core.entries;
      expect(files.map((node) => decodeURIComponent(node['@id'])).sort()).toEqual(
        described
          .filter(({ target, path }) => target === undefined && path !== descriptionPaths.crate)
          .map(({ path }) => path)
          .sort(),
      );
    },
  );

  it('links processes by what they took and gave', () => {
    const report = graphOf(completed).find((node) => node['@id'] === '#action/steps/1/report');
    expect(report).toMatchObject({
      object: [
        { '@id': 'steps/1/train/0/outputs/a%20model.json' },
        { '@id': 'steps/1/train/1/outputs/a%20model.json' },
      ],
      result: [
        { '@id': 'steps/1/report/outputs/a%20model.json' },
        { '@id': 'steps/1/report/outputs/plots/' },
      ],
      startTime: '2026-01-31T09:30:01.500+00:00',
    });
    const prov = JSON.parse(document(describeRun(completed), descriptionPaths.prov)) as Record<
      string,
      object
    >;
    expect(Object.keys(prov['wasGeneratedBy'] ?? {})).toHaveLength(4);
    expect(Object.values(prov['used'] ?? {})).toContainEqual({
      'prov:activity': `uuid:${run}/steps/1/report`,
      'prov:entity': 'file:steps/1/train/1/outputs/a%20model.json',
    });
  });

  it('tells lineage as two events of each process, which names the run as its parent', () => {
    const types = (record: RunRecord) =>
      document(describeRun(record), descriptionPaths.openlineage)
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { eventType: string; run: { facets: { parent?: object } } });
    expect(
      types(completed)
        .map(({ eventType }) => eventType)
        .join(' '),
    ).toBe('START START COMPLETE START COMPLETE START COMPLETE COMPLETE');
    expect(
      types(failed)
        .map(({ eventType }) => eventType)
        .join(' '),
    ).toBe('START START COMPLETE START FAIL FAIL');
    expect(types(cancelled).map(({ eventType }) => eventType)).toEqual(['START', 'ABORT']);
    expect(types(completed)[1]?.run.facets.parent).toMatchObject({ run: { runId: run } });
  });

  it('says who put their name to the blueprint, in the crate and in our statement', () => {
    const graph = graphOf(approved);
    const find = (id: string) => graph.find((node) => node['@id'] === id);
    const actions = approved.approvals?.map(({ event }) => ({ '@id': `#approval/${event}` }));
    expect(find('approvals.jsonl')).toMatchObject({ about: { '@id': 'blueprint.json' }, mentions: actions });
    expect(actions?.map(({ '@id': id }) => find(id))).toMatchObject([
      { '@type': 'EndorseAction', agent: { '@id': `urn:uuid:${nameId('actor', 'y')}` } },
      { '@type': 'ReviewAction', object: { '@id': 'blueprint.json' } },
    ]);
    expect(describeRun(approved).statements[0]?.predicate).toMatchObject({
      blueprint: { approvals: approved.approvals },
    });
  });

  it('is attested: our statement always, that of SLSA where there are results', () => {
    const { statements, core } = describeRun(completed);
    const digestOf = (name: string) => core.entries.find(({ path }) => path === name)?.digest.slice(7);
    const [own, slsa] = statements;
    for (const { subject } of statements)
      for (const { name, digest: said } of subject) expect(said.sha256).toBe(digestOf(name));
    expect(own?.subject.map(({ name }) => name)).toEqual([
      'history.jsonl',
      'manifest.json',
      'ro-crate-metadata.json',
    ]);
    expect(slsa?.subject).toHaveLength(4);
    expect(own?.predicate).toMatchObject({ outcome: 'completed', reproducibilityKey: digest('b') });
    expect(describeRun(failed).statements.map(({ predicate }) => predicate)).toMatchObject([
      { outcome: 'failed', failure: 'timeout' },
    ]);
    expect(describeRun(cancelled).statements).toHaveLength(1);
  });
});

describe('the software of an environment', () => {
  const bom = (document: object) =>
    JSON.parse(new TextDecoder().decode(sbomBytes({ digest: digest('9'), document: document as never }))) as {
      components: { name: string; purl?: string; hashes?: object }[];
    };
  it('is what the fingerprint found: interpreter, packages, libraries, system', () => {
    const sections = {
      os: { kernel: 'Linux', distribution: 'debian', distributionVersion: '12' },
      libraries: { files: { 'libc.so.6': digest('4') } },
      runtime: { kind: 'host-python', digest: digest('5'), version: '3.11.7 (main)' },
      packages: { digest: digest('6'), installed: ['numpy==2.1.0', 'odd'] },
    };
    expect(bom({ sections }).components.map(({ name }) => name)).toEqual([
      ...['python', 'numpy', 'odd', 'libc.so.6', 'debian'],
    ]);
    expect(bom({ sections }).components[1]?.purl).toBe('pkg:pypi/numpy@2.1.0');
    const node = { kind: 'node', digest: digest('5'), versions: { node: '26.1.0', zlib: '1', modules: '9' } };
    expect(bom({ sections: { runtime: node } }).components.map(({ name }) => name)).toEqual(['node', 'zlib']);
  });

  it('may be unknown', () => {
    expect(bom({}).components.map(({ name }) => name)).toEqual(['python']);
  });
});
