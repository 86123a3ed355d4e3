import type { StreamId } from '#kernel';
import type { Reader } from './reader.js';

/** Ids and streams remembered in all; what was used longest ago goes first. */
const kept = 50_000;

/** Revisions by event id, without a gap from 0 on. */
type Revisions = Map<string, number>;

/**
 * Which event ids a stream holds, and where. The engine takes an id a second time when the revision is right, so every append is
 * checked against all that came before it. Nothing before a revision ever changes: what is remembered stays right.
 */
export interface KnownIds {
  /** Of everything up to `revision` and perhaps beyond; less when the stream is shorter. */
  upTo(stream: StreamId, revision: number): Promise<ReadonlyMap<string, number>>;
  /** Events of a stream from `revision` on; what does not join what is known is not kept. */
  add(stream: StreamId, revision: number, eventIds: readonly string[]): void;
}

export function openKnownIds(reader: Reader): KnownIds {
  const streams = new Map<StreamId, Revisions>();
  let total = 0;

  /** Used last stands last. */
  function of(stream: StreamId): Revisions {
    const known = streams.get(stream);
    if (known === undefined) total++;
    else streams.delete(stream);
    const revisions = known ?? new Map<string, number>();
    streams.set(stream, revisions);
    return revisions;
  }

  function join(stream: StreamId, revisions: Revisions, from: number, eventIds: readonly string[]): void {
    const before = revisions.size;
    for (const [i, eventId] of eventIds.entries())
      if (from + i === revisions.size) revisions.set(eventId, from + i);
    if (streams.get(stream) === revisions) total += revisions.size - before;
    for (const [oldest, { size }] of streams) {
      if (total <= kept || oldest === stream) return;
      streams.delete(oldest);
      total -= size + 1;
    }
  }

  return {
    add: (stream, revision, eventIds) => join(stream, of(stream), revision, eventIds),
    async upTo(stream, revision) {
      const revisions = of(stream);
      const missing = revision + 1 - revisions.size;
      if (missing <= 0) return revisions;
      for await (const events of reader.stream(stream, { from: revisions.size, limit: missing }))
        join(
          stream,
          revisions,
          (events[0] as { revision: number }).revision,
          events.map(({ eventId }) => eventId),
        );
      return revisions;
    },
  };
}
