import type { Json, JsonObject, Problem } from '#kernel';
import { canonicalize, comparePaths } from '#evidence';
import { bundlePaths, entryAt } from '#domain/bundle';
import { instanceId, stepOrder, stepSeed, type Manifest, type StepInstance } from '#domain/manifest';
import { runMetrics, type Metric } from '#domain/run';
import type { Story } from './check-story.js';
import { at, objectsIn, textOf } from './hostile-json.js';
import type { OpenBundle } from './read-bundle.js';
import { found, problem } from './report.js';
import { reportedSteps, type ReportedStep } from './reported-steps.js';

/** Twice what a step may write. */
const mostBytes = 128 * 2 ** 20;

/**
 * The history tells of the steps that the manifest plans: each under its own seed, with every output that it declares and the metrics that it
 * wrote; all of them in the attempt that completed the run, whose metrics follow from theirs.
 */
export async function checkPlan(bundle: OpenBundle, story: Story): Promise<Problem[]> {
  const { manifest, events } = story;
  const order = stepOrder(manifest);
  const planned = new Map(order.map((instance) => [instance.id, instance]));
  const steps = reportedSteps(events).map((step) => [step, planned.get(idOf(step))] as const);
  const problems = steps.flatMap(([step, instance]) => checkStep(manifest, step, instance));
  for (const [step] of steps.filter(([{ isCompleted }]) => isCompleted))
    problems.push(...(await found(`${step.folder}/metrics.jsonl`, () => checkMetrics(bundle, step))));
  return [...problems, ...(problems.length === 0 ? checkEnd(story, order) : [])];
}

const idOf = ({ data: { step, fold } }: ReportedStep): string =>
  instanceId(String(step), fold as number | null);

function checkStep(
  manifest: Manifest,
  { folder, isCompleted, data }: ReportedStep,
  instance: StepInstance | undefined,
): Problem[] {
  if (instance === undefined) return [problem(folder, 'is no step of the manifest')];
  const { attempts } = manifest.declared.retry;
  const epoch = data['epoch'];
  const inTime = Number.isInteger(epoch) && Number(epoch) >= 1 && Number(epoch) <= attempts;
  const declared = manifest.pinned.steps[instance.step]?.out;
  const given = objectsIn(data['outputs']).map(({ name, path }) => [String(name), path ?? null] as const);
  const isWhole = !isCompleted || canonicalize(Object.fromEntries(given)) === canonicalize({ ...declared });
  return [
    ...(inTime ? [] : [problem(folder, `is of an attempt that the manifest does not allow (${attempts})`)]),
    ...(data['seed'] === stepSeed(manifest, instance)
      ? []
      : [problem(folder, 'its seed is not the one that follows from the manifest')]),
    ...(isWhole ? [] : [problem(folder, 'its outputs are not those that the manifest declares')]),
  ];
}

/** What the history says of a step's metrics is what stands in the file of their points. */
async function checkMetrics(bundle: OpenBundle, { folder, data }: ReportedStep): Promise<Problem[]> {
  const path = `${folder}/metrics.jsonl`;
  if (entryAt(bundle.core, path) === undefined) return [];
  const text = new TextDecoder().decode(await bundle.bytes(path, mostBytes));
  const said = objectsIn(data['summary']);
  const points = said.reduce((sum, { count }) => sum + Number(count), 0);
  // Nothing is split at more ends of lines than there may be.
  const lines = points >= 0 && points * leastPoint <= text.length ? text.split('\n', points + 2) : [];
  const isWhole = lines.length === points + 1 && lines.pop() === '';
  return isWhole && canonicalize(summaryOf(lines)) === canonicalize(said)
    ? []
    : [problem(path, 'does not hold the metrics that the history says the step wrote')];
}

/** `{"name":"a","value":1}` and its end. */
const leastPoint = 23;
/** Longer lines no step may write; nothing in one can be nested deep. */
const longestPoint = 4096;

function summaryOf(lines: readonly string[]): readonly Metric[] {
  const series = new Map<string, Metric>();
  for (const line of lines) {
    if (line.length > longestPoint) throw noMetric();
    const point = JSON.parse(line) as Json;
    const [name, value] = [textOf(at(point, 'name')), at(point, 'value')];
    if (typeof value !== 'number') throw noMetric();
    const { count, min, max } = series.get(name) ?? { count: 0, min: value, max: value };
    series.set(name, {
      ...{ name, value, count: count + 1, folds: 0 },
      ...{ min: Math.min(min, value), max: Math.max(max, value) },
    });
  }
  return [...series.values()].sort((a, b) => comparePaths(a.name, b.name));
}

const noMetric = (): Error => new Error('holds what is no metric');

function checkEnd({ outcome, events }: Story, order: readonly StepInstance[]): Problem[] {
  if (outcome !== 'completed') return [];
  const end = events.at(-1)?.data as JsonObject;
  const counted = new Map(
    reportedSteps(events)
      .filter(({ isCompleted, data }) => isCompleted && data['epoch'] === end['epoch'])
      .map((step) => [idOf(step), step.data]),
  );
  const absent = order.filter(({ id }) => !counted.has(id));
  if (absent.length > 0)
    return absent
      .slice(0, 10)
      .map(({ id }) => problem(bundlePaths.history, `the run completed without the step ${id}`));
  const due = runMetrics(order, (id) => at(counted.get(id), 'summary') as unknown as readonly Metric[]);
  return canonicalize(due as unknown as Json) === canonicalize(end['metrics'] ?? [])
    ? []
    : [problem(bundlePaths.history, 'the metrics of the run are not those that follow from its steps')];
}
