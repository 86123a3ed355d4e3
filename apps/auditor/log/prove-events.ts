import { assertNoProblems } from '#kernel';
import type { auditor as proto } from '#contracts';
import type { CallContext } from '#platform';
import type { Auditor } from '../auditor.js';
import { proveTogether } from './prove-together.js';
import { subjectIndexes } from './subject-indexes.js';

/** Proofs of so many events share what they read; nothing is kept for longer. */
const together = 64;

/**
 * A proof of each event that is asked for, in order, all by one checkpoint that has them all.
 * @throws INVALID_REQUEST, SUBJECT_INVALID, SUBJECT_NOT_FOUND, AMBIGUOUS_ID, EVENT_NOT_FOUND, NOT_LOGGED_YET, LOG_STOPPED, TILE_MISSING
 */
export async function* proveEvents(
  auditor: Auditor,
  request: proto.ProveEventsRequest,
  context: CallContext,
): AsyncGenerator<proto.ProveEventsResponse> {
  assertNoProblems(requestProblems(request), 'INVALID_REQUEST');
  const { indexes, last } = await subjectIndexes(auditor, request, context);
  await auditor.log.covers(last + 1, context);
  const current = await auditor.log.checkpoint();
  const read = await auditor.log.read();
  let batch: number[] = [];
  for await (const index of indexes) {
    batch.push(index);
    if (batch.length < together) continue;
    yield* proveTogether(batch, current, read);
    batch = [];
  }
  yield* proveTogether(batch, current, read);
}

function requestProblems({ subject, index }: proto.ProveEventsRequest) {
  const problem = {
    code: 'INVALID_REQUEST',
    fix: 'say a run, bundle, stream or event, or an index of the log',
  };
  if (index === undefined)
    return subject === '' ? [{ ...problem, field: 'subject', message: 'is missing' }] : [];
  return Number.isSafeInteger(index) && index >= 0
    ? []
    : [{ ...problem, field: 'index', message: 'is no place in the log', found: String(index) }];
}
