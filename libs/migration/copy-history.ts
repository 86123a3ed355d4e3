import { DomainError } from '#kernel';
import {
  maxAppendBytes,
  roomPerEventBytes,
  type EventStore,
  type ReadAllOptions,
  type StoredEvent,
} from '#event-store';
import { lineOf, ordered, type OrderedEvent } from './ordered.js';

export interface CopyOptions {
  readonly signal?: AbortSignal;
  /** Events looked at so far. */
  readonly onProgress?: (events: number) => void;
}

export interface CopiedHistory {
  readonly events: number;
  /** Of them those that the target did not have yet. */
  readonly copied: number;
}

const mostAtOnce = 200;

/**
 * Carries a history over: bytes, ids, revisions and the one order of all streams. The target is empty or holds the beginning of the
 * same history, so that a copy that was broken off goes on. Nobody else may write to either.
 * @throws HISTORY_DIFFERS (integrity) at the first event that the target has otherwise, HISTORY_LONGER when it has more
 */
export async function copyHistory(
  from: EventStore,
  to: EventStore,
  { signal, onProgress }: CopyOptions = {},
): Promise<CopiedHistory> {
  const reading: ReadAllOptions = signal === undefined ? {} : { signal };
  const present = ordered(to.readAll(reading));
  let there = await present.next();
  let [events, copied] = [0, 0];
  let waiting: StoredEvent[] = [];
  const flush = async () => {
    const [first] = waiting;
    if (first === undefined) return;
    const batch = waiting.map(({ eventId, type, bytes }) => ({ eventId, type, bytes }));
    await to.append(first.stream, first.revision === 0 ? 'none' : first.revision - 1, batch);
    copied += batch.length;
    waiting = [];
    onProgress?.(events);
  };
  for await (const one of ordered(from.readAll(reading))) {
    events += 1;
    if (there.done) {
      if (!fits(waiting, one.event)) await flush();
      waiting.push(one.event);
      continue;
    }
    assertSame(one, there.value);
    there = await present.next();
    if (events % 1000 === 0) onProgress?.(events);
  }
  if (!there.done) throw longer(there.value);
  await flush();
  onProgress?.(events);
  return { events, copied };
}

/** Into one append: of one stream, and not too large. */
function fits(waiting: readonly StoredEvent[], { stream, bytes }: StoredEvent): boolean {
  const [first] = waiting;
  if (first === undefined) return true;
  const size = waiting.reduce((sum, event) => sum + event.bytes.length + roomPerEventBytes, 0);
  return (
    first.stream === stream &&
    waiting.length < mostAtOnce &&
    size + bytes.length + roomPerEventBytes <= maxAppendBytes
  );
}

export function assertSame(a: OrderedEvent, b: OrderedEvent): void {
  const [first, second] = [lineOf(a), lineOf(b)];
  if (first === second) return;
  const message = `the histories part at event ${a.index}: ${first.trim()} is not ${second.trim()}`;
  throw new DomainError('integrity', 'HISTORY_DIFFERS', message, { facts: { index: a.index } });
}

const longer = ({ index }: OrderedEvent): DomainError =>
  new DomainError(
    'integrity',
    'HISTORY_LONGER',
    `the target has events from ${index} on that the source does not have; take an empty one`,
    { facts: { index } },
  );
