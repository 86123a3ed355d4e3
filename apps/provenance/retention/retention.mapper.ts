import { streamUuid } from '#kernel';
import type { provenance as proto } from '#contracts';
import type { SubjectFacts } from '#domain/retention';
import { shownName } from '#key-store';
import { withReason } from '#runtime';
import type { Provenance } from '../provenance.js';
import type { Assignment, DecidedClass, Hold } from './orders.js';

export const toHolding = ({ stream, subject, label, authority }: Hold): proto.Holding => ({
  hold: streamUuid(stream),
  ...{ subject, label, authority },
});

/** As messages name what is kept or disposed of: one of the two is empty. */
export const namesOf = ({ id, namespace, dataset }: SubjectFacts) => ({
  runId: dataset === undefined ? id : '',
  dataset: dataset === undefined ? '' : `${namespace}/${dataset.name}@${dataset.number}`,
});

/** A class, or what was put in it. */
export async function toRule(
  { runtime }: Provenance,
  of: DecidedClass,
  assignment?: Assignment,
): Promise<proto.RetentionRule> {
  const { by, at, reason } = await withReason(runtime.people, assignment ?? of);
  return {
    ...{ class: of.name, subject: assignment?.subject ?? '', label: assignment?.label ?? '' },
    ...{ keepForDays: of.keepForDays ?? undefined, artifacts: [...of.artifacts] },
    authority: assignment === undefined ? of.authority : '',
    ...{ reason, decidedBy: by, decidedAt: by === '' ? undefined : at },
    decidedByName: await shownName(runtime.people, by),
  };
}
