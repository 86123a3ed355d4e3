import { DomainError, type StreamId } from '#kernel';
import type { EventStore, StoredEvent } from '#event-store';
import type { EventDocument } from './history.projection.js';
import type { Numbered } from './numbered.js';

/** Unwanted events that are read along with wanted ones rather than asked for apart. */
const widestGap = 64;

/** The stored events of some documents, in their order; neighbours in a stream are read together. */
export async function storedOf(
  eventStore: EventStore,
  documents: readonly EventDocument[],
  signal: AbortSignal,
): Promise<Numbered[]> {
  const found = new Map<string, StoredEvent>();
  for (const { stream, from, to } of ranges(documents)) {
    for await (const batch of eventStore.readStream(stream, { from, limit: to - from + 1, signal }))
      for (const stored of batch) found.set(stored.eventId, stored);
  }
  return documents.map(({ id, index, stream, revision }) => {
    const stored = found.get(id);
    if (stored !== undefined) return { index, stored };
    const message = `the event store no longer has ${stream} at revision ${revision}`;
    throw new DomainError('integrity', 'EVENT_MISSING', message);
  });
}

interface Range {
  readonly stream: StreamId;
  readonly from: number;
  readonly to: number;
}

function ranges(documents: readonly EventDocument[]): readonly Range[] {
  const sorted = [...documents].sort((a, b) => (a.place < b.place ? -1 : 1));
  const found: Range[] = [];
  for (const { stream, revision } of sorted) {
    const last = found.at(-1);
    if (last?.stream === stream && revision - last.to <= widestGap)
      found[found.length - 1] = { ...last, to: revision };
    else found.push({ stream, from: revision, to: revision });
  }
  return found;
}
