import { isDomainError, type Problem } from '#kernel';
import { maxAcceptedRuns } from '#domain/baseline';
import type { View } from '#runtime';
import { findRun } from '../find-run.js';
import type { RunDocument } from '../runs.projection.js';

export interface Chosen {
  /** Oldest first. */
  readonly runs: readonly RunDocument[];
  readonly reference?: RunDocument;
  readonly problems: readonly Problem[];
}

interface Family {
  readonly namespace: string;
  readonly blueprint: string;
}

/**
 * The runs that a request means, and the one whose manifest is the reference: the newest, unless one is named. Runs that are not
 * named are those with the reference's reproducibility key; repeats of a run are no results of their own and are left out.
 */
export async function chooseRuns(
  view: View<RunDocument>,
  family: Family,
  { runs: given, referenceRun }: Request,
): Promise<Chosen> {
  const asked = [
    ...(referenceRun === undefined ? [] : [['reference_run', referenceRun] as const]),
    ...given.map((id, i) => [`runs[${i}]`, id] as const),
  ];
  const found = await Promise.all(asked.map(([field, id]) => completedRun(view, family, id, field)));
  const problems = found.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) return { runs: [], problems };
  const documents = found.flatMap(({ run }) => run ?? []);
  const named = referenceRun === undefined ? undefined : documents.shift();
  const results = new Map(documents.map((run) => [run.id, run]));
  const newest = [...results.values()].sort((a, b) => b.order - a.order);
  const reference = named ?? (given.length > 0 ? newest[0] : (await completed(view, family, 1))[0]);
  if (reference === undefined) return { runs: [], problems: [nothingYet(family)] };
  const runs = given.length > 0 ? newest : await completed(view, family, maxAcceptedRuns, reference);
  return { runs: runs.reverse(), reference, problems };
}

interface Request {
  readonly runs: readonly string[];
  readonly referenceRun?: string | undefined;
}

async function completed(
  view: View<RunDocument>,
  { namespace, blueprint }: Family,
  limit: number,
  like?: RunDocument,
): Promise<RunDocument[]> {
  const where = [
    { field: 'namespace', is: namespace },
    { field: 'blueprint', is: blueprint },
    { field: 'status', is: 'completed' },
    { field: 'repeat', is: false },
    ...(like === undefined ? [] : [{ field: 'key', is: like.key }]),
  ];
  return view.query({ where, sort: { field: 'order', direction: 'desc' }, limit });
}

async function completedRun(
  view: View<RunDocument>,
  { namespace, blueprint }: Family,
  id: string,
  field: string,
): Promise<{ readonly run?: RunDocument; readonly problem?: Problem }> {
  const refuse = (code: string, message: string, fix: string) => ({
    problem: { code, field, message, found: id.slice(0, 120), fix },
  });
  try {
    const run = await findRun(view, namespace, id);
    if (run === undefined)
      return refuse('RUN_NOT_FOUND', `is no run of ${namespace}`, '`holdfast runs` shows what there is');
    if (run.blueprint !== blueprint)
      return refuse('OTHER_BLUEPRINT', `is a run of ${run.blueprint}`, `take runs of ${blueprint}`);
    if (run.status !== 'completed')
      return refuse('RUN_NOT_COMPLETED', `is ${run.status}`, 'only completed runs have results');
    return { run };
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'AMBIGUOUS_ID') throw error;
    return refuse(error.code, error.message, 'write more of it');
  }
}

const nothingYet = ({ namespace, blueprint }: Family): Problem => ({
  code: 'RUNS_NONE',
  field: 'runs',
  message: `${namespace}/${blueprint} has no completed run`,
  fix: 'run it first',
});
