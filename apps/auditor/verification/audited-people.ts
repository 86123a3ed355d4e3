import { epochMs, isDomainError, type Instant } from '#kernel';
import { maxFindings, type AuditFinding } from '#domain/audit';
import { personStream } from '#domain/person';
import { openText, type Subjects } from '#key-store';
import type { CommandContext } from '#runtime';
import type { Auditor } from '../auditor.js';
import { peopleInEvents, type PersonInEvents, type Said } from './people-in-events.js';
import { record } from './verified-log.js';

/** An event comes before what it says of the directory is done. */
const settledAfterMs = 60_000;

/**
 * Holds the directory of names and keys against the events: nobody loses a name or a key but by an event that says so, and whoever was erased
 * has neither. Records what came of it, where there is anybody.
 */
export async function auditPeople(
  auditor: Auditor,
  context: CommandContext,
  signal: AbortSignal,
): Promise<void> {
  const { runtime, clock } = auditor;
  const people = await peopleInEvents(runtime.engines.eventStore, signal);
  if (people.size === 0) return;
  const counts: Record<string, number> = {};
  const first: AuditFinding[] = [];
  let findings = 0;
  for (const [id, person] of people) {
    signal.throwIfAborted();
    const finding = await findingOf(runtime.people, id, person, clock.now());
    if (finding === undefined) continue;
    findings++;
    counts[finding.code] = (counts[finding.code] ?? 0) + 1;
    if (first.length < maxFindings) first.push(finding);
  }
  await record(auditor, context, {
    ...{ kind: 'people', outcome: findings === 0 ? 'held' : 'failed', scheduled: true },
    ...{ startedAt: context.receivedAt, checked: people.size, findings, counts, first },
  });
}

async function findingOf(
  subjects: Subjects,
  id: string,
  { said, namedAt, erasedAt }: PersonInEvents,
  now: Instant,
): Promise<AuditFinding | undefined> {
  const isSettled = (at: Instant) => epochMs(now) - epochMs(at) > settledAfterMs;
  const about = (code: string, message: string): AuditFinding => ({
    ...{ code, message: `${id}: ${message}`, stream: personStream(id) },
    ...(said === undefined ? {} : placeOf(said)),
  });
  const { erased, name } = await subjects.find(id);
  if (erasedAt !== undefined)
    return erased || !isSettled(erasedAt)
      ? undefined
      : about('PERSON_NOT_FORGOTTEN', 'was erased, and the directory has them still or again');
  if (erased)
    return about('PERSON_FORGOTTEN', 'the directory has erased them, and no event says by whose order');
  const lost = said && (await lostKey(subjects, said));
  if (lost !== undefined) return about('KEY_LOST', lost);
  return namedAt !== undefined && name === undefined && isSettled(namedAt)
    ? about('NAME_LOST', 'was named, and the directory has no name; `holdfast person name` gives it again')
    : undefined;
}

async function lostKey(subjects: Subjects, { sealed }: Said): Promise<string | undefined> {
  try {
    const text = await openText(subjects, sealed);
    return text === undefined
      ? 'the key is gone that what they said is sealed under, and no event says that they were erased'
      : undefined;
  } catch (error) {
    if (!isDomainError(error) || !['TEXT_DAMAGED', 'KEY_DAMAGED'].includes(error.code)) throw error;
    return 'another key is in the place of the one that what they said is sealed under';
  }
}

const placeOf = ({ index, stream, revision, eventId }: Said) => ({
  ...{ index: String(index), stream, revision: String(revision), eventId },
});
