import { streamId, type Digest, type Instant } from '#kernel';
import { nameId } from '#evidence';
import { baselineCodec, driftCodec, knobCodec, runCodec } from '#contracts/stored';
import { baselineStream, type BaselineEvent } from '#domain/baseline';
import { driftStream, type DriftEvent } from '#domain/drift';
import { knobStream, type KnobEvent } from '#domain/knob';
import type { RunEvent } from '#domain/run';
import type { ProjectedEvent } from '#runtime';
import { written } from '#runtime/testing';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}` as Digest;
const namespace = 'penguins';
const metric = { name: 'accuracy', value: 0.97, count: 1, min: 0.97, max: 0.97, folds: 5, sd: 0.01 };
const run = (name: string) => nameId('run', name);
const [first, second, third] = [run('first'), run('second'), run('third')];
const accuracy = baselineStream(namespace, 'species', 'dev', 'accuracy');
const baseline = accuracy.slice('baseline-'.length);

const submitted = (more: object = {}): RunEvent => ({
  type: 'RunSubmitted',
  namespace,
  blueprint: { name: 'penguins/species', version: digest('b') },
  requestDigest: digest('1'),
  knobs: {},
  pool: 'default',
  priority: 0,
  submittedAt: at,
  ...more,
});
const admitted: RunEvent = {
  type: 'RunAdmitted',
  manifest: digest('2'),
  reproducibilityKey: digest('3'),
  stepsTotal: 1,
  retry: { attempts: 1, on: [] },
};
const claimed: RunEvent = {
  type: 'RunClaimed',
  epoch: 1,
  executor: nameId('executor', 'one'),
  release: '1',
  at,
};
const failure = { class: 'exit', message: 'exit 1' };
const accepted: Extract<BaselineEvent, { type: 'BaselineAccepted' }> = {
  type: 'BaselineAccepted',
  namespace,
  blueprint: 'species',
  channel: 'dev',
  metric: 'accuracy',
  version: 1,
  runs: [{ run: first, value: 0.97 }],
  reference: { run: first, manifest: digest('2') },
  tolerance: { abs: 0, rel: 0.01 },
  at,
};
const about = {
  namespace,
  blueprint: 'species',
  metric: 'accuracy',
  baseline,
  baselineVersion: 1,
  at,
} as const;

/** Every kind of fact that the auditor's read models tell apart, and one that none of them decodes; fixed for ever. */
export function history(): readonly ProjectedEvent[] {
  const later = { recordedAt: '2026-01-31T10:00:00.000Z' as Instant, causationId: nameId('event', 'cause') };
  return [
    ...written<KnobEvent>(knobCodec, knobStream(namespace, 'l2'), [{ type: 'KnobRetired', revision: 1, at }]),
    ...written<RunEvent>(runCodec, streamId('run', first), [
      submitted(),
      admitted,
      claimed,
      { type: 'RunCompleted', epoch: 1, metrics: [metric], at },
    ]),
    ...written<BaselineEvent>(baselineCodec, accuracy, [accepted]),
    ...written<RunEvent>(runCodec, streamId('run', second), [
      submitted({ reproductionOf: first }),
      admitted,
      claimed,
      { type: 'RunFailed', epoch: 1, failure, at },
    ]),
    ...written<RunEvent>(runCodec, streamId('run', third), [
      submitted(),
      { type: 'RunRejected', problems: [], at },
    ]),
    ...written<RunEvent>(runCodec, streamId('run', run('fourth')), [
      submitted(),
      { type: 'RunCancelled', epoch: 0, at },
    ]),
    ...written<DriftEvent>(
      driftCodec,
      driftStream(second, baseline),
      [{ type: 'BaselineHeld', ...about, run: second, value: 0.97, method: 'tolerance', n: 1 }],
      later,
    ),
    ...written<DriftEvent>(
      driftCodec,
      driftStream(third, baseline),
      [
        {
          type: 'DriftDetected',
          ...about,
          run: third,
          manifest: digest('4'),
          findings: [
            {
              ...{ kind: 'result', subject: 'accuracy', test: 'tolerance', statistic: 0.1, threshold: 0.01 },
              ...{ n: 1, detail: '0.87 is 0.09 below the limit 0.96' },
            },
            {
              ...{
                kind: 'data',
                subject: 'birds.bill',
                test: 'two-sample Kolmogorov–Smirnov',
                statistic: 0.4,
              },
              ...{ threshold: 0.2, n: 400, falseAlarmRate: 0.005, detail: 'the median 41 became 45' },
            },
          ],
          suspects: [
            {
              area: 'data',
              what: 'data.birds',
              before: digest('5'),
              after: digest('6'),
              detail: 'bytes changed',
            },
            { area: 'configuration', what: 'knobs.l2', before: '0.1', after: '0.2', detail: '+0.1 (+100 %)' },
          ],
        },
      ],
      later,
    ),
    ...written<BaselineEvent>(
      baselineCodec,
      baselineStream(namespace, 'species', 'dev', 'loss'),
      [
        { ...accepted, metric: 'loss' },
        { type: 'BaselineRetired', version: 1, at },
      ],
      { reason: 'no longer measured' },
    ),
  ];
}
