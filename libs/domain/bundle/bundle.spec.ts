import { describe, expect, it } from '@jest/globals';
import { fold, streamId, type Digest, type Instant } from '#kernel';
import { nameId, parseTree, treeDigest, treeManifest, treeOf } from '#evidence';
import type { RunEvent } from '#domain/run';
import {
  bundle,
  coreTree,
  historyBytes,
  parseHistory,
  type BundleEvent,
  type CoreParts,
  type HistoryLine,
} from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;
const blob = (digit: string) => ({ digest: digest(digit), sizeBytes: 3 });
const event = (more: Partial<BundleEvent> = {}): BundleEvent => ({
  type: 'BundleSealed',
  namespace: 'default',
  run: nameId('run', 'one'),
  core: digest('c'),
  members: 2,
  sizeBytes: 9,
  manifest: digest('a'),
  reproducibilityKey: digest('b'),
  outcome: 'completed',
  at,
  ...more,
});
const given = (...events: BundleEvent[]): BundleEvent[] => {
  const found: BundleEvent[] = [];
  for (const one of events)
    found.push(...bundle.decide({ type: 'RecordBundle', bundle: one }, fold(bundle, found)));
  return found;
};
const stream = streamId('run', nameId('run', 'one'));
const line = (revision: number, more: Partial<HistoryLine> = {}): HistoryLine => ({
  stream,
  revision,
  eventId: nameId('event', String(revision)),
  type: 'RunSubmitted',
  envelope: '{"a":"\u2028\n"}',
  ...more,
});

describe('the bundle of a run', () => {
  it('is recorded once, whoever seals or brings it', () => {
    expect(given(event(), event({ at: '2026-02-01T00:00:00.000Z' as Instant }))).toHaveLength(1);
    expect(given(event(), event({ type: 'BundleImported' }))).toHaveLength(1);
    expect(() => given(event(), event({ core: digest('d') }))).toThrow(
      expect.objectContaining({ kind: 'already-exists', code: 'BUNDLE_EXISTS' }),
    );
  });
});

describe('its core', () => {
  const step = (more: object): CoreParts['steps'][number] =>
    ({
      type: 'StepCompleted',
      epoch: 1,
      step: 'train',
      fold: null,
      outputs: [],
      undeclared: [],
      stdout: blob('1'),
      stderr: blob('2'),
      metrics: blob('3'),
      summary: [],
      durationMs: 1,
      seed: '0'.repeat(64),
      at,
      ...more,
    }) as Extract<RunEvent, { type: 'StepCompleted' }>;
  const code = treeOf([{ path: 'a.mjs', ...blob('4'), mode: '100755' }]);
  const plots = treeOf([{ path: 'deep/x.svg', ...blob('5'), mode: '100644' }]);
  const parts: CoreParts = {
    manifest: blob('6'),
    history: blob('7'),
    code,
    steps: [
      step({
        fold: 0,
        outputs: [{ name: 'plots', path: 'p', kind: 'tree', ...blob('8'), digest: treeDigest(plots) }],
      }),
      step({ epoch: 2, fold: 0, undeclared: [{ name: 'n', path: 'n.txt', kind: 'file', ...blob('9') }] }),
    ],
    trees: new Map([[treeDigest(plots), plots]]),
  };

  it('names every member by attempt, step and fold; folders are spread out', () => {
    const core = coreTree(parts);
    expect(core.entries.map(({ path, mode }) => `${mode} ${path}`)).toEqual([
      '100755 code/a.mjs',
      '100644 history.jsonl',
      '100644 manifest.json',
      '100644 steps/1/train/0/metrics.jsonl',
      '100644 steps/1/train/0/outputs/p/deep/x.svg',
      '100644 steps/1/train/0/stderr',
      '100644 steps/1/train/0/stdout',
      '100644 steps/2/train/0/metrics.jsonl',
      '100644 steps/2/train/0/stderr',
      '100644 steps/2/train/0/stdout',
      '100644 steps/2/train/0/undeclared/n.txt',
    ]);
    expect(parseTree(treeManifest(core))).toEqual(core);
  });

  it('is the same for the same run, in whatever order it is put together', () => {
    const shuffled = { ...parts, steps: [...parts.steps].reverse() };
    expect(treeDigest(coreTree(shuffled))).toBe(treeDigest(coreTree(parts)));
    expect(treeDigest(coreTree({ ...parts, folds: blob('a') }))).not.toBe(treeDigest(coreTree(parts)));
  });

  it('needs every folder that it spreads out', () => {
    expect(() => coreTree({ ...parts, trees: new Map() })).toThrow(
      expect.objectContaining({ code: 'TREE_NOT_READ' }),
    );
  });
});

describe('its history', () => {
  it('comes back as it was written', () => {
    const lines = [line(0), line(1, { type: 'RunCompleted' })];
    expect(parseHistory(historyBytes(lines))).toEqual(lines);
    expect(parseHistory(new Uint8Array())).toEqual([]);
  });

  it.each([
    ['a line without its end', Buffer.from(historyBytes([line(0)])).subarray(0, -1)],
    ['a gap', historyBytes([line(0), line(2)])],
    ['a beginning in the middle', historyBytes([line(1)])],
    ['no stream', historyBytes([line(0, { stream: 'run-1' as HistoryLine['stream'] })])],
    ['no JSON', Buffer.from('{\n')],
    ['no UTF-8', Uint8Array.of(0xff, 10)],
  ])('is refused: %s', (_, bytes) => {
    expect(() => parseHistory(bytes)).toThrow();
  });
});
