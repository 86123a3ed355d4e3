import type { scheduler } from '#contracts';
import { shortNumber } from '../output/numbers.js';
import type { Column } from '../output/table.js';
import { duration, shortDigest, shortId, when } from '../output/units.js';
import { word } from './plain.js';
import { tookMs } from './verdict.js';

type Run = scheduler.Run;

/** Columns of a list of runs; `first` is the metric that it is sorted by. */
export const runColumns = (first?: string): readonly Column<Run>[] => [
  { title: 'id', value: ({ id }) => shortId(id) },
  { title: 'status', value: statusOf },
  { title: 'blueprint', value: ({ blueprint }) => blueprint },
  { title: 'submitted', value: ({ submittedAt }) => when(submittedAt) },
  { title: 'took', align: 'right', value: tookText },
  { title: 'metrics', value: (run) => metricsText(run, first) },
  { title: 'knobs', wide: true, value: ({ knobs }) => knobsText(knobs) },
  { title: 'key', wide: true, value: ({ reproducibilityKey }) => shortDigest(reproducibilityKey) },
  { title: 'pool', wide: true, value: ({ pool }) => pool },
  { title: 'sweep', wide: true, value: ({ sweep }) => sweep && shortId(sweep) },
  { title: 'reason', wide: true, value: ({ reason }) => reason },
];

/** How far a run is says more than that it runs. */
function statusOf({ status, steps, stepsTotal, epoch, failure }: Run): string {
  const state = word(status) ?? '';
  if (state === 'failed' && failure) return `failed: ${failure.failureClass}`;
  if (state !== 'running' || stepsTotal === 0) return state;
  const done = steps.filter((step) => step.epoch === epoch && step.status === 'completed').length;
  return `running ${done}/${stepsTotal}`;
}

function tookText(run: Run): string | undefined {
  const ms = tookMs(run);
  return ms === undefined ? undefined : duration(ms);
}

const mostMetrics = 3;

function metricsText({ metrics }: Run, first: string | undefined): string {
  const sorted = metrics.toSorted((a, b) => Number(b.name === first) - Number(a.name === first));
  const shown = sorted.slice(0, mostMetrics).map(({ name, value }) => `${name} ${shortNumber(value)}`);
  const more = sorted.length > mostMetrics ? [`+${sorted.length - mostMetrics}`] : [];
  return [...shown, ...more].join(', ');
}

export function knobsText(bytes: Uint8Array): string {
  if (bytes.length === 0) return '';
  const knobs = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
  return Object.entries(knobs)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}
