import type { scheduler } from '#contracts';
import { formatProblem, type JsonObject } from '#kernel';
import { toProblem } from '#rpc';
import { facts, table } from '../output/table.js';
import { paint, printable, type Terminal } from '../output/terminal.js';
import { bytes, duration, shortDigest, shortId, when } from '../output/units.js';
import { inOrder, stepName } from '../run/step-output.js';
import { disposalLine } from './disposal-text.js';
import { plain, word } from './plain.js';
import { knobsText } from './run-columns.js';
import { metricLines, tookMs, type Verdict } from './verdict.js';

type Run = scheduler.Run;

/** A run in full, for people. */
export function runText(terminal: Terminal, verdict: Verdict, wide: boolean): string {
  const { metrics, lastLines } = verdict;
  const run = { ...verdict.run, steps: inOrder(verdict.run.steps) };
  const section = (title: string, text: string) =>
    text === '' ? [] : [`${paint(terminal, 'bold', title)}\n${text.replace(/^/gm, '  ')}`];
  return [
    factsOf(verdict),
    ...section(
      'problems',
      run.problems.map((problem) => printable(formatProblem(toProblem(problem)))).join('\n'),
    ),
    ...section('failure', failureText(run, lastLines)),
    ...section('metrics', metricLines(run, metrics)),
    ...section('steps', stepsText(run, wide)),
    ...section('outputs', outputsText(run)),
    ...section('attempts', attemptsText(run, wide)),
  ].join('\n\n');
}

function factsOf({ run, bundle }: Verdict): string {
  const took = tookMs(run);
  const isolation = plain({ isolation: run.isolation })['isolation'] as JsonObject | undefined;
  const attempt = run.attempts.at(-1);
  return facts([
    ['run', run.id],
    ['status', word(run.status)],
    ['blueprint', `${run.blueprint}@${run.blueprintVersion}`],
    ['reason', run.reason],
    ['knobs', knobsText(run.knobs)],
    [
      'submitted',
      `${when(run.submittedAt) ?? ''} by ${run.submittedBy?.type ?? ''} ${run.submittedBy?.id ?? ''}`,
    ],
    ['took', took === undefined ? '' : duration(took)],
    ['pool', `${run.pool}${run.priority === 0 ? '' : `, priority ${run.priority}`}`],
    ['executor', run.executor],
    ['sweep', run.sweep === undefined ? '' : `${run.sweep}, member ${run.sweepIndex ?? 0}`],
    ['repeats', run.reproductionOf],
    ['key', run.reproducibilityKey],
    ['manifest', run.manifest],
    ['fingerprint', attempt?.fingerprint],
    ['isolation', isolation === undefined ? '' : isolationText(isolation)],
    ['bundle', bundle?.core],
    ...(bundle?.disposals ?? []).map((one): [string, string] => ['disposed', disposalLine(one)]),
  ]);
}

const isolationText = (isolation: JsonObject): string =>
  Object.entries(isolation)
    .filter(([name, value]) => value !== null && name !== 'level')
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join('+') : String(value)}`)
    .reduce((text, part) => `${text}, ${part}`, String(isolation['level'] ?? ''));

function failureText({ failure }: Run, lastLines: readonly string[]): string {
  if (failure === undefined) return '';
  const where = failure.step ? ` in ${stepName(failure.step, failure.fold)}` : '';
  return [
    `${failure.failureClass}${where}: ${printable(failure.message)}`,
    ...(lastLines.length > 0 ? ['last of stderr:', ...lastLines.map((line) => `  ${line}`)] : []),
  ].join('\n');
}

const stepsText = ({ steps, stepsTotal, attempts }: Run, wide: boolean): string =>
  steps.length === 0
    ? ''
    : `${table(
        steps,
        [
          { title: 'step', value: ({ name, fold }) => stepName(name, fold) },
          {
            title: 'status',
            value: ({ status, failure }) => (failure ? `${status}: ${failure.failureClass}` : status),
          },
          { title: 'took', align: 'right', value: ({ durationMs }) => duration(durationMs) },
          { title: 'exit', align: 'right', value: ({ exitCode }) => exitCode },
          ...(attempts.length > 1
            ? [{ title: 'attempt', align: 'right', value: ({ epoch }: scheduler.Step) => epoch } as const]
            : []),
          { title: 'stdout', align: 'right', value: ({ stdout }) => bytes(stdout?.sizeBytes ?? 0) },
          { title: 'stderr', align: 'right', value: ({ stderr }) => bytes(stderr?.sizeBytes ?? 0) },
          { title: 'seed', wide: true, value: ({ seed }) => seed.slice(0, 16) },
        ],
        wide,
      )}${steps.length < stepsTotal ? `\n${steps.length} of ${stepsTotal}` : ''}`;

function outputsText({ steps }: Run): string {
  const rows = steps.flatMap((step) => [
    ...step.outputs.map((output) => ({ step, output, declared: true })),
    ...step.undeclared.map((output) => ({ step, output, declared: false })),
  ]);
  if (rows.length === 0) return '';
  return table(rows, [
    {
      title: 'output',
      value: ({ step, output, declared }) =>
        `${stepName(step.name, step.fold)}.${declared ? output.name : output.path}`,
    },
    { title: 'path', value: ({ output }) => `${output.path}${output.kind === 'tree' ? '/' : ''}` },
    { title: 'size', align: 'right', value: ({ output }) => bytes(output.sizeBytes) },
    { title: 'digest', value: ({ output }) => shortDigest(output.digest) },
    { title: '', value: ({ declared }) => (declared ? 'declared' : 'undeclared') },
  ]);
}

const attemptsText = ({ attempts }: Run, wide: boolean): string =>
  attempts.length < 2
    ? ''
    : table(
        attempts,
        [
          { title: 'attempt', align: 'right', value: ({ epoch }) => epoch },
          { title: 'executor', value: ({ executor }) => shortId(executor) },
          { title: 'claimed', value: ({ claimedAt }) => when(claimedAt) },
          { title: 'ended', value: ({ endedAt }) => when(endedAt) },
          { title: 'outcome', value: ({ outcome }) => outcome },
          { title: 'why', value: ({ failure }) => failure && `${failure.failureClass}: ${failure.message}` },
          { title: 'fingerprint', wide: true, value: ({ fingerprint }) => shortDigest(fingerprint) },
        ],
        wide,
      );
