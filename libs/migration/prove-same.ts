import { DomainError } from '#kernel';
import type { EventStore, ReadAllOptions } from '#event-store';
import { assertSame, type CopyOptions } from './copy-history.js';
import { historyDigest, lineOf, ordered } from './ordered.js';

export interface ProvenHistory {
  readonly events: number;
  /** Over index, stream, revision, id, type and the digest of the bytes of every event. */
  readonly digest: string;
}

/**
 * Reads both from the beginning: the same bytes in the same order under the same dense index.
 * @param options `events`: only so many, where the first one may be written to meanwhile
 * @throws HISTORY_DIFFERS (integrity) at the first event that is not
 */
export async function proveSame(
  a: EventStore,
  b: EventStore,
  { signal, onProgress, events: limit }: CopyOptions & { readonly events?: number } = {},
): Promise<ProvenHistory> {
  const reading: ReadAllOptions = {
    ...(signal === undefined ? {} : { signal }),
    ...(limit === undefined ? {} : { limit }),
  };
  const digest = historyDigest();
  const others = ordered(b.readAll(reading));
  let events = 0;
  for await (const one of ordered(a.readAll(reading))) {
    const other = await others.next();
    if (other.done) throw ends('second', events);
    assertSame(one, other.value);
    digest.add(lineOf(one));
    if (++events % 1000 === 0) onProgress?.(events);
  }
  if (!(await others.next()).done) throw ends('first', events);
  return { events, digest: digest.end() };
}

const ends = (which: string, events: number): DomainError =>
  new DomainError('integrity', 'HISTORY_DIFFERS', `the ${which} history ends after ${events} events`, {
    facts: { index: events },
  });
