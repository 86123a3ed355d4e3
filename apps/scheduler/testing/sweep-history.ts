import { streamId, type Digest, type Instant } from '#kernel';
import { nameId } from '#evidence';
import { runCodec, sweepCodec } from '#contracts/stored';
import type { RunEvent } from '#domain/run';
import { sweepStream, type Space, type SweepEvent } from '#domain/sweep';
import type { ProjectedEvent } from '#runtime';
import { written } from '#runtime/testing';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}` as Digest;
const blueprint = { name: 'default/species', version: digest('1') };
const space: Space = {
  v: 1,
  axes: [{ knob: 'lr', kind: 'range', from: 0, to: 4, step: 1 }],
  methods: {},
  trials: 0,
};
export const done = nameId('sweep', 'done');
export const stopped = nameId('sweep', 'stopped');

const submitted = (values: Space): SweepEvent => ({
  type: 'SweepSubmitted',
  ...{ namespace: 'default', blueprint, requestDigest: digest('2'), space: values, members: 4, window: 256 },
  ...{ priority: 0, submittedAt: at },
});

/** A run that is submitted and ends; of a sweep when it is told which member it is. */
function ran(
  name: string,
  end: RunEvent,
  sweep?: { readonly id: string; readonly index: number },
): ProjectedEvent[] {
  const member = sweep === undefined ? {} : { sweep };
  const asked: RunEvent = {
    type: 'RunSubmitted',
    ...{ namespace: 'default', blueprint, requestDigest: digest('3'), knobs: { lr: 0 }, pool: 'default' },
    ...{ priority: 0, ...member, submittedAt: at },
  };
  const stream = streamId('run', nameId('run', name));
  return [...written<RunEvent>(runCodec, stream, [asked, { ...end, ...member } as RunEvent])];
}

const failure = { class: 'exit-status', message: 'it broke' };
const ends: readonly RunEvent[] = [
  { type: 'RunCompleted', epoch: 1, metrics: [], at },
  { type: 'RunFailed', epoch: 1, failure, at },
  { type: 'RunRejected', problems: [], at },
  { type: 'RunCancelled', epoch: 0, at },
];

/** A sweep that came to its end in every way, one that was stopped, and a run that is of none; fixed for ever. */
export function sweepHistory(): readonly ProjectedEvent[] {
  const long = { ...space, axes: [{ knob: 'lr', kind: 'list', values: ['a'.repeat(5000)] }] } as const;
  return [
    ...written<SweepEvent>(sweepCodec, sweepStream(done), [submitted(space)]),
    ...ends.flatMap((end, index) => ran(`done ${index}`, end, { id: done, index })),
    ...ran('alone', ends[0] as RunEvent),
    ...written<SweepEvent>(sweepCodec, sweepStream(stopped), [
      submitted(long),
      { type: 'SweepCancelRequested', at },
      { type: 'SweepCancelled', at },
    ]),
    ...ran('stopped 0', ends[3] as RunEvent, { id: stopped, index: 0 }),
  ];
}
