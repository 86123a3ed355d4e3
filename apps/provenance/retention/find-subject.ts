import { assertNoProblems, type Problem } from '#kernel';
import type { SubjectFacts } from '#domain/retention';
import type { CallContext } from '#platform';
import { insideProblems, nameProblems, namespaceOf } from '#service';
import { findRun, idProblems } from '../find-run.js';
import type { Provenance } from '../provenance.js';
import { datasetFacts, runFacts } from './subject-facts.js';

interface Named {
  readonly namespace: string;
  /** A run's id, the beginning of it or `last`; or `dataset:NAME@NUMBER`, `dataset:NAMESPACE/NAME@NUMBER`. */
  readonly runId: string;
}

/** @throws INVALID_REQUEST, RUN_NOT_FOUND, ID_AMBIGUOUS, DATASET_NOT_FOUND */
export async function findSubject(
  provenance: Provenance,
  named: Named,
  context: CallContext,
): Promise<SubjectFacts> {
  assertNoProblems(subjectProblems(named), 'INVALID_REQUEST');
  const version = versionNamed(named);
  if (version !== undefined) return datasetFacts(provenance, version.namespace, version);
  const { namespace, runId } = named;
  return runFacts(provenance, await findRun(provenance, { namespace, field: 'run_id', id: runId }, context));
}

export function subjectProblems(named: Named): readonly Problem[] {
  return [...insideProblems(named.namespace), ...namedProblems(named)];
}

function namedProblems(named: Named): readonly Problem[] {
  const version = versionNamed(named);
  if (version !== undefined)
    return [...nameProblems('run_id', version.namespace), ...nameProblems('run_id', version.name)];
  if (!named.runId.startsWith('dataset:')) return idProblems('run_id', named.runId);
  return [
    {
      ...{ code: 'VERSION_MISSING', field: 'run_id', found: named.runId.slice(0, 120) },
      ...{ message: 'is one version of a dataset', fix: 'write dataset:NAME@NUMBER, as `dataset show` does' },
    },
  ];
}

function versionNamed({ namespace, runId }: Named) {
  const [, space, name, number] = /^dataset:(?:([^/]*)\/)?([^/]*)@([1-9]\d{0,8})$/s.exec(runId) ?? [];
  if (name === undefined) return undefined;
  return { namespace: space ?? namespaceOf(namespace), name, number: Number(number) };
}
