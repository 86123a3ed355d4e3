import type { Problem } from '#kernel';
import type { auditor as proto } from '#contracts';
import { formats } from '#export-file';
import { nameProblems, namespaceOf, reasonProblems } from '#service';
import { indexProblems, problem, timeProblems, typesProblems } from '../history/history-problems.js';

const mostSubjects = 1000;
const longestText = 1000;

/** Everything that is wrong with what was asked. */
export function exportProblems(request: proto.ExportAuditRequest): readonly Problem[] {
  const { namespace, recordedFrom, recordedTo, fromIndex, toIndex, actor, types, runs, blueprints } = request;
  const texts = { actor, study: request.study, reason: request.reason };
  return [
    ...nameProblems('namespace', namespaceOf(namespace)),
    ...timeProblems('recorded_from', recordedFrom),
    ...timeProblems('recorded_to', recordedTo),
    ...indexProblems('from_index', fromIndex),
    ...indexProblems('to_index', toIndex),
    ...typesProblems(types),
    ...Object.entries({ runs, blueprints }).flatMap(([field, { length }]) =>
      length <= mostSubjects
        ? []
        : [problem('TOO_MANY', field, `at most ${mostSubjects}`, 'make several exports')],
    ),
    ...Object.entries(texts).flatMap(([field, text = '']) =>
      text.length <= longestText
        ? []
        : [problem('TOO_LONG', field, `at most ${longestText} characters`, 'shorten it')],
    ),
    ...(request.named ? reasonProblems(request.reason ?? '') : []),
    ...request.formats.flatMap((format) =>
      (formats as readonly string[]).includes(format)
        ? []
        : [
            problem(
              'FORMAT_UNKNOWN',
              'formats',
              `is one of ${formats.join(', ')}`,
              'choose of these',
              format,
            ),
          ],
    ),
    ...(request.study !== undefined && runs.length + blueprints.length === 0
      ? [
          problem(
            'STUDY_EMPTY',
            'study',
            'names runs and blueprints together',
            'say which runs and blueprints it is made of',
          ),
        ]
      : []),
  ];
}
