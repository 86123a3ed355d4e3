import { streamKind, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import type { EventCodec, EventMetadata } from '#contracts/stored';
import type { Document } from '#read-store';
import { projectedEvent, type ProjectedEvent, type Projection } from '../projection.js';

const fixed = {
  actor: { id: nameId('actor', 'somebody'), type: 'person', roles: ['author'] },
  reason: 'because',
  correlationId: 'c-1',
  recordedAt: '2026-01-31T09:30:00.000Z' as Instant,
  service: 'registry',
  serviceVersion: '0.1.0',
} as const;

/** Events of one stream as read models see them; ids and metadata are the same for ever, for golden files. */
export function written<Event extends { readonly type: string }>(
  codec: EventCodec<Event>,
  stream: StreamId,
  events: readonly Event[],
  metadata: Partial<EventMetadata> = {},
): ProjectedEvent[] {
  return events.map((event, revision) => {
    const eventId = nameId('event', stream, String(revision));
    const bytes = codec.encode(event, { ...fixed, ...metadata });
    const position = `p${revision}` as Parameters<typeof projectedEvent>[0]['position'];
    return frozen(projectedEvent({ stream, revision, eventId, type: event.type, bytes, position }, revision));
  });
}

/** Readers share events: one that writes into them is found here. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

/** The documents of a read model over a history, by id. */
export function folded<Doc extends Document>(
  projection: Projection<Doc>,
  events: readonly ProjectedEvent[],
): readonly Doc[] {
  const docs = new Map<string, Doc>();
  const read = events.filter(({ stream }) => projection.kinds?.includes(streamKind(stream)) ?? true);
  for (const [index, event] of read.entries()) {
    for (const id of new Set(projection.ids({ ...event, index }))) {
      if (docs.has(id) && projection.starts?.({ ...event, index }, id) === true)
        throw new Error(`${projection.name}: ${event.type} does not begin ${id}, which is there`);
      const doc = projection.project(docs.get(id), { ...event, index }, id);
      if (doc === undefined) docs.delete(id);
      else docs.set(id, doc);
    }
  }
  return [...docs.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
