import { createHash } from 'node:crypto';
import type { EngineName } from './engines.js';

/** One thing that is done to the installation. */
export type Harm =
  /** kill -9 and a new start; with a point the new process kills itself there, and is started once more. */
  | { readonly kind: 'killed'; readonly instance: string; readonly point?: string }
  /** SIGSTOP until a lease of it has expired, then SIGCONT. */
  | { readonly kind: 'paused'; readonly instance: string }
  /** Its wall clock jumps by an hour, and later back. */
  | { readonly kind: 'clock-jumps'; readonly instance: string }
  | { readonly kind: 'disk-full'; readonly instance: string }
  /** kill -9 of an engine; started again at once, or when a scheduler has noticed. */
  | { readonly kind: 'engine-killed'; readonly engine: EngineName; readonly noticed: boolean }
  /** Every document is gone; with its file, the server has been started again without anything. */
  | { readonly kind: 'emptied'; readonly engine: 'mongodb'; readonly withFile: boolean }
  | { readonly kind: 'slow'; readonly engine: EngineName; readonly ms: number }
  | { readonly kind: 'cut'; readonly engine: EngineName };

/** Harm that is done at the first event of a type once so many runs are over. */
export type Fault = Harm & { readonly after: number; readonly event: string };

const events = ['RunSubmitted', 'RunClaimed', 'RunStarted', 'StepCompleted', 'RunCompleted'] as const;
const executors = ['executor-1', 'executor-2', 'executor-3'];
const points: Readonly<Record<string, readonly string[]>> = {
  executor: [
    ...['executor:after-claim', 'executor:before-step', 'executor:after-step'],
    ...['executor:before-report-completed', 'executor:after-report-completed', 'sandbox:recorded'],
  ],
  scheduler: [
    ...['scheduler:before-append-RunSubmitted', 'scheduler:after-append-RunSubmitted'],
    ...['scheduler:before-append-RunClaimed', 'scheduler:after-append-RunClaimed'],
    ...['scheduler:before-append-RunStarted', 'scheduler:after-append-RunStarted'],
    'scheduler:handled-relay:holdfast.scheduler.v1',
  ],
  provenance: [
    ...['provenance:mid-seal', 'provenance:before-append-BundleSealed'],
    ...['provenance:after-append-BundleSealed', 'provenance:handled-relay:holdfast.provenance.v1'],
    ...['provenance:after-append-ArtifactsDisposed', 'provenance:before-removal', 'provenance:mid-removal'],
  ],
};

/** The same for the same seed. */
export type Draw = (what: string) => number;
const drawFrom =
  (seed: string): Draw =>
  (what) =>
    createHash('sha256').update(`${seed} ${what}`).digest().readUInt32BE();

const oneOf = <T>(draw: Draw, what: string, from: readonly T[]): T => from[draw(what) % from.length] as T;

/** A point of this service's, passed up to four times before. */
function pointOf(draw: Draw, what: string, instance: string): { readonly point?: string } {
  const own = points[instance.replace(/-\d$/, '')];
  if (own === undefined || draw(`${what} point?`) % 2 === 0) return {};
  return { point: `${oneOf(draw, `${what} point`, own)}#${1 + (draw(`${what} passing`) % 4)}` };
}

const killed = (draw: Draw, what: string, from: readonly string[]): Harm => {
  const instance = oneOf(draw, what, from);
  return { kind: 'killed', instance, ...pointOf(draw, what, instance) };
};
const engines = ['eventstoredb', 'kafka', 'mongodb', 's3'] as const;
const engineKilled =
  (engine: EngineName) =>
  (draw: Draw, what: string): Harm => ({ kind: 'engine-killed', engine, noticed: draw(what) % 2 === 0 });

/** Every harm that there is; a plan goes through all of them before it draws one again. */
export const harms: readonly ((draw: Draw, what: string) => Harm)[] = [
  (draw, what) => killed(draw, what, executors),
  (draw, what) => killed(draw, what, ['scheduler-1', 'scheduler-2']),
  (draw, what) => killed(draw, what, ['registry', 'provenance', 'auditor']),
  (draw, what) => ({ kind: 'paused', instance: oneOf(draw, what, executors.slice(0, 2)) }),
  (draw, what) => ({ kind: 'clock-jumps', instance: oneOf(draw, what, executors) }),
  () => ({ kind: 'disk-full', instance: 'executor-3' }),
  ...engines.map(engineKilled),
  (draw, what) => ({ kind: 'emptied', engine: 'mongodb', withFile: draw(what) % 2 === 0 }),
  (draw, what) => ({
    ...({ kind: 'slow', engine: oneOf(draw, what, engines) } as const),
    ms: 10 + (draw(`${what} ms`) % 40),
  }),
  (draw, what) => ({ kind: 'cut', engine: oneOf(draw, what, engines) }),
];

/**
 * So many faults over so many runs, in the order in which they come. `seed.2` begins where as many of `seed.1` have ended, so that short
 * plans go through every harm too.
 */
export function planOf(seed: string, { runs, faults }: { runs: number; faults: number }): Fault[] {
  const [all = seed, part = '1'] = seed.split('.');
  const [draw, drawOrder] = [drawFrom(seed), drawFrom(all)];
  const first = (Number(part) - 1) * faults;
  const order: number[] = [];
  for (let round = 0; order.length < first + faults; round++)
    order.push(
      ...harms
        .keys()
        .toArray()
        .sort((a, b) => drawOrder(`${round} ${a}`) - drawOrder(`${round} ${b}`)),
    );
  return order.slice(first, first + faults).map((harm, index) => ({
    ...(harms[harm] as (typeof harms)[number])(draw, `fault ${index}`),
    // The last ones while there is load left.
    after: Math.floor((index * 0.8 * runs) / faults),
    event: oneOf(draw, `event ${index}`, events),
  }));
}

export function written({ after, event, ...harm }: Fault): string {
  const { kind, ...about } = harm;
  const what = Object.entries(about)
    .filter(([, value]) => value !== false)
    .map(([name, value]) => (value === true ? name : String(value)));
  return `${kind} ${what.join(' ')} at ${event} after ${after}`;
}
