import { DomainError, type Json, type JsonObject } from '#kernel';
import type { scheduler } from '#contracts';
import type { Blueprint } from '#domain/blueprint';
import { nearest } from '#domain/declaration';
import { everyPage } from '../experiment/index.js';
import type { Session } from '../session.js';
import { word } from '../view/plain.js';

/** Listed runs tell of each of their steps: a page of a thousand may be more than one message holds. */
const runsPerPage = 250;

type Metrics = NonNullable<Blueprint['metrics']>;

/** One member and what became of it. */
export interface MemberResult {
  readonly index: number;
  readonly knobs: JsonObject;
  /** Absent while it is not submitted. */
  readonly run: string | undefined;
  /** `waiting` before it is submitted. */
  readonly status: string;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface SweepResults {
  /** Best first; those without a value of the metric last, by index. */
  readonly members: readonly MemberResult[];
  /** What they are sorted by. */
  readonly by: string | undefined;
  readonly goal: 'maximize' | 'minimize' | 'none';
  /** Declared ones; when the blueprint declares none, those that were found. */
  readonly metrics: readonly string[];
}

/** @throws METRIC_UNKNOWN when `by` is neither declared nor was found */
export async function readResults(
  session: Session,
  id: string,
  by: string | undefined,
): Promise<{ readonly sweep: scheduler.Sweep; readonly results: SweepResults }> {
  const { namespace } = session;
  const { scheduler } = await session.connection();
  const { sweep, members } = await scheduler.getSweep(
    { namespace, id, summary: false },
    { repeatable: true },
  );
  if (sweep === undefined) throw new Error('the server answered without a sweep');
  const [runs, declared] = await Promise.all([runsOf(session, sweep), declaredMetrics(session, sweep)]);
  const results = members.map(({ index, knobs, run }): MemberResult => {
    const known = runs.get(index);
    const status = known ? (word(known.status) ?? '') : run === undefined ? 'waiting' : 'queued';
    const metrics = Object.fromEntries((known?.metrics ?? []).map(({ name, value }) => [name, value]));
    return { index, knobs: JSON.parse(Buffer.from(knobs).toString()) as JsonObject, run, status, metrics };
  });
  return { sweep, results: ranked(results, declared, by) };
}

async function runsOf(
  session: Session,
  { namespace, id }: scheduler.Sweep,
): Promise<Map<number, scheduler.Run>> {
  const { scheduler } = await session.connection();
  const runs = await everyPage(async (pageToken) => {
    const request = { namespace, pageSize: runsPerPage, pageToken, statuses: [], sweep: id, orderBy: '' };
    const page = await scheduler.listRuns(request, { repeatable: true });
    return { items: page.runs, nextPageToken: page.nextPageToken };
  });
  return new Map(runs.flatMap((run) => (run.sweepIndex === undefined ? [] : [[run.sweepIndex, run]])));
}

async function declaredMetrics(
  session: Session,
  { namespace, blueprint, blueprintVersion }: scheduler.Sweep,
) {
  const { registry } = await session.connection();
  const asked = { namespace, ref: `${blueprint}@${blueprintVersion}` };
  const found = await registry.getBlueprint(asked, { repeatable: true });
  const document = JSON.parse(Buffer.from(found.blueprint?.document ?? '{}').toString()) as {
    metrics?: Metrics;
  };
  return document.metrics ?? {};
}

/** The best first by the metric's goal. @throws METRIC_UNKNOWN */
export function ranked(
  members: readonly MemberResult[],
  declared: Metrics,
  asked: string | undefined,
): SweepResults {
  const found = [...new Set(members.flatMap((member) => Object.keys(member.metrics)))].sort();
  const names = Object.keys(declared);
  const metrics = names.length > 0 ? names : found;
  const known = [...new Set([...names, ...found])];
  if (asked !== undefined && !known.includes(asked)) throw metricUnknown(asked, known);
  const by = asked ?? names.find((name) => declared[name]?.goal !== 'none') ?? metrics[0];
  const goal = (by !== undefined && Object.hasOwn(declared, by) ? declared[by]?.goal : undefined) ?? 'none';
  const sign = goal === 'minimize' ? 1 : -1;
  const value = ({ metrics: of }: MemberResult) => (by === undefined || goal === 'none' ? undefined : of[by]);
  const sorted = [...members].sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === right) return a.index - b.index;
    if (left === undefined) return 1;
    return right === undefined ? -1 : sign * (left - right);
  });
  return { members: sorted, by, goal, metrics: [...new Set([...(asked ? [asked] : []), ...metrics])] };
}

/** The best member, when there is a value and something is to be reached. */
export const bestOf = ({ members: [first], by, goal }: SweepResults): MemberResult | undefined =>
  goal === 'none' || by === undefined || first?.metrics[by] === undefined ? undefined : first;

export const resultJson = (sweep: string, { index, knobs, run, status, metrics }: MemberResult): Json => ({
  sweep,
  index,
  knobs,
  run: run ?? null,
  status,
  metrics: { ...metrics },
});

function metricUnknown(asked: string, known: readonly string[]): DomainError {
  const near = nearest(asked, known);
  const hint = near ? `did you mean ${near}?` : `there are ${known.join(', ') || 'none'}`;
  const message = `--by: no member has a metric ${asked.slice(0, 80)}; ${hint}`;
  return new DomainError('invalid', 'METRIC_UNKNOWN', message);
}
