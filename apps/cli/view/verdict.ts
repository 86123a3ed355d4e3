import type { provenance, scheduler } from '#contracts';
import type { Json, JsonObject } from '#kernel';
import type { Blueprint } from '#domain/blueprint';
import { shortNumber } from '../output/numbers.js';
import { facts } from '../output/table.js';
import { paint, printable, type Terminal } from '../output/terminal.js';
import { duration, shortId } from '../output/units.js';
import { plain, word } from './plain.js';

type Run = scheduler.Run;
export type DeclaredMetrics = NonNullable<Blueprint['metrics']>;

/** What came out of a run, first thing first: did it work, the numbers, what stands for them, what to do next. */
export interface Verdict {
  readonly run: Run;
  readonly metrics: DeclaredMetrics;
  /** Absent while it is not sealed. */
  readonly bundle: provenance.Bundle | undefined;
  /** Of the step that failed. */
  readonly lastLines: readonly string[];
}

const colourOf: Readonly<Record<string, 'green' | 'red' | 'yellow'>> = {
  completed: 'green',
  failed: 'red',
  rejected: 'red',
  cancelled: 'yellow',
};

export function verdictText(terminal: Terminal, { run, metrics, bundle, lastLines }: Verdict): string {
  const state = word(run.status) ?? '';
  const took = tookMs(run);
  const head = [
    paint(terminal, ['bold', colourOf[state] ?? 'yellow'], state),
    printable(run.blueprint),
    `run ${shortId(run.id)}`,
    ...(took === undefined ? [] : [`in ${duration(took)}`]),
  ].join('  ');
  const parts = [head, indented(metricLines(run, metrics)), failureText(run, lastLines)];
  if (state === 'completed') parts.push(indented(proofLines(run, bundle)));
  parts.push(indented(nextCommands(run, state)));
  return parts.filter((part) => part !== '').join('\n\n');
}

/** The run as scripts get it, with what its metrics mean, and its bundle. */
export const verdictJson = ({ run, metrics, bundle, lastLines }: Verdict): JsonObject =>
  plain(run, {
    metrics: run.metrics.map((metric): Json => ({ ...plain(metric), ...meaningOf(metric.name, metrics) })),
    bundle: bundle === undefined ? null : plain(bundle),
    ...(lastLines.length > 0 ? { stderr: [...lastLines] } : {}),
  });

function meaningOf(name: string, metrics: DeclaredMetrics): JsonObject {
  const { goal, unit } = (Object.hasOwn(metrics, name) ? metrics[name] : undefined) ?? {};
  return { ...(goal ? { goal } : {}), ...(unit ? { unit } : {}) };
}

/** Declared ones first, in the order of the blueprint. */
export function metricLines({ metrics: found }: Pick<Run, 'metrics'>, declared: DeclaredMetrics): string {
  const order = Object.keys(declared);
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const sorted = [...found].sort((a, b) => rank(a.name) - rank(b.name));
  const rows = sorted.map(({ name, value, folds, sd }): readonly [string, string] => {
    const { goal, unit = '1' } = (Object.hasOwn(declared, name) ? declared[name] : undefined) ?? {};
    const number = `${shortNumber(value)}${unit === '1' ? '' : ` ${unit}`}`;
    const spread =
      folds > 0 ? `mean of ${folds} folds${sd === undefined ? '' : `, sd ${shortNumber(sd)}`}` : '';
    const notes = [goal === undefined || goal === 'none' ? '' : goal, spread].filter((note) => note !== '');
    return [name, notes.length > 0 ? `${number.padEnd(10)}  ${notes.join(', ')}` : number];
  });
  return facts(rows);
}

function failureText({ id, failure, problems }: Run, lastLines: readonly string[]): string {
  if (failure === undefined) return problems.length > 0 ? 'admission refused it' : '';
  const where = failure.step
    ? ` in ${failure.step}${failure.fold === undefined ? '' : `[${failure.fold}]`}`
    : '';
  const step = failure.step ? ` --step ${failure.step}` : '';
  return [
    `  ${failure.failureClass}${where}: ${printable(failure.message)}`,
    ...(lastLines.length > 0 ? ['  last of stderr:', ...lastLines.map((line) => `    ${line}`)] : []),
    ...(failure.step ? [`  all of it: holdfast logs ${shortId(id)}${step}`] : []),
  ].join('\n');
}

function proofLines(run: Run, bundle: provenance.Bundle | undefined): string {
  const isolation = plain({ isolation: run.isolation })['isolation'] as JsonObject | undefined;
  const level = String(isolation?.['level'] ?? '');
  const asServer = isolation?.['ownUid'] === true ? ", and steps had the server's own user" : '';
  return facts([
    ['key', run.reproducibilityKey],
    ['bundle', bundle === undefined ? 'not sealed yet' : bundle.core],
    ['isolation', level === 'process' ? `process: the host was not isolated${asServer}` : level],
  ]);
}

function nextCommands({ id }: Run, state: string): string {
  const short = shortId(id);
  if (state === 'completed')
    return facts([
      ['all of it', `holdfast show ${short}`],
      ['run it again and compare', `holdfast reproduce ${short}`],
      ['take it with you', `holdfast bundle ${short} --out ${short}.holdfast`],
    ]);
  return facts([
    ['all of it', `holdfast show ${short}`],
    ['why', `holdfast why ${short}`],
  ]);
}

export function tookMs({ startedAt, endedAt }: Pick<Run, 'startedAt' | 'endedAt'>): number | undefined {
  return startedAt && endedAt ? Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) : undefined;
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');
