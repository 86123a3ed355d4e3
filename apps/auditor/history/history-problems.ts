import { isInstant, type Problem } from '#kernel';
import type { auditor as proto } from '#contracts';
import { nameProblems, namespaceOf } from '#service';

const mostTypes = 100;

/** One thing that is wrong with a question about the trail. */
export const problem = (
  code: string,
  field: string,
  message: string,
  fix: string,
  found?: string,
): Problem => ({
  ...{ code, field, message, fix },
  ...(found === undefined ? {} : { found: found.slice(0, 120) }),
});

const isIndex = (value: number) => Number.isSafeInteger(value) && value >= 0;

export const indexProblems = (field: string, value: number | undefined): Problem[] =>
  value === undefined || isIndex(value)
    ? []
    : [
        problem(
          'INDEX_INVALID',
          field,
          'is a whole number from 0',
          'take the index of an event',
          String(value),
        ),
      ];

export const timeProblems = (field: string, value: string | undefined): Problem[] =>
  value === undefined || isInstant(value)
    ? []
    : [problem('TIME_INVALID', field, 'is no time', 'write it like 2026-01-31T09:30:00.000Z')];

/** As types of events are written, in this release or another: what is asked is recorded, and no name of a person should be. */
const typePattern = /^[A-Za-z][A-Za-z0-9]{0,99}$/;

export const typesProblems = (types: readonly string[]): Problem[] => [
  ...(types.length <= mostTypes
    ? []
    : [problem('TOO_MANY', 'types', `at most ${mostTypes}`, 'name fewer, or none for all')]),
  ...types
    .filter((type) => !typePattern.test(type))
    .map((type) => problem('TYPE_INVALID', 'types', 'is no type of event', 'write it like RunFailed', type)),
];

/** Everything that is wrong with what was asked. */
export function historyProblems(request: proto.ReadHistoryRequest): readonly Problem[] {
  const { afterIndex, toIndex, asOf, types, limit, follow, recordedFrom, recordedTo } = request;
  return [
    ...nameProblems('namespace', namespaceOf(request.namespace)),
    ...indexProblems('after_index', afterIndex),
    ...indexProblems('to_index', toIndex),
    ...(asOf?.$case === 'asOfIndex' ? indexProblems('as_of_index', asOf.value) : []),
    ...(asOf?.$case === 'asOfTime' ? timeProblems('as_of_time', asOf.value) : []),
    ...timeProblems('recorded_from', recordedFrom),
    ...timeProblems('recorded_to', recordedTo),
    ...(asOf !== undefined && follow
      ? [problem('FOLLOW_AS_OF', 'follow', 'nothing new comes to the past', 'leave out follow or as_of')]
      : []),
    ...(isIndex(limit)
      ? []
      : [problem('LIMIT_INVALID', 'limit', 'is 0, for no limit, or more', 'leave it out', String(limit))]),
    ...typesProblems(types),
  ];
}
