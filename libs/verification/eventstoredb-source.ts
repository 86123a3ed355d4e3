import {
  BACKWARDS,
  END,
  EventStoreDBClient,
  FORWARDS,
  START,
  StreamNotFoundError,
  type AllStreamResolvedEvent,
} from '@eventstore/db-client';
import type { EventSource, FoundEvent, FoundEvents, JudgedEvent } from './event-source.js';
import { isJudged, judgedEvent } from './judged.js';

type Recorded = NonNullable<AllStreamResolvedEvent['event']>;

/** EventStoreDB by its bare client: `$all` once, in its order, as it is asked for. */
export function openEventStoreDbSource(connection: string): EventSource {
  const client = EventStoreDBClient.connectionString(connection);
  const events = client.readAll({ direction: FORWARDS, fromPosition: START })[Symbol.asyncIterator]();
  const kept: JudgedEvent[] = [];
  let next = 0;

  async function read(from: number, to: number): Promise<FoundEvents> {
    const found: FoundEvent[] = [];
    while (next < to) {
      const { done, value } = (await events.next()) as IteratorResult<AllStreamResolvedEvent>;
      if (done) break;
      const event = value.event;
      if (event === undefined || event.type.startsWith('$')) continue;
      const one = foundEvent(event, next++);
      if (one.index >= from) found.push(one);
      if (isJudged(one.stream)) kept.push(judgedEvent(one));
    }
    return { events: found, unreadable: [] };
  }

  return {
    read,
    count: () => undefined,
    async copies(stream, eventId) {
      let copies = 0;
      for await (const { event } of client.readStream(stream))
        if (event !== undefined && foundEvent(event as Recorded, 0).eventId === eventId) copies++;
      return copies;
    },
    async stream(name, most) {
      const found: Uint8Array[] = [];
      try {
        for await (const { event } of client.readStream(name, { maxCount: most }))
          if (event !== undefined) found.push(foundEvent(event as Recorded, 0).bytes);
      } catch (error) {
        if (!(error instanceof StreamNotFoundError)) throw error;
      }
      return found;
    },
    async event(stream, revision) {
      const last = { direction: BACKWARDS, fromRevision: END } as const;
      const where = revision < 0 ? last : { fromRevision: BigInt(revision) };
      try {
        for await (const { event } of client.readStream(stream, { ...where, maxCount: 1 }))
          if (event !== undefined) return foundEvent(event as Recorded, 0);
      } catch (error) {
        if (!(error instanceof StreamNotFoundError)) throw error;
      }
      return undefined;
    },
    judged: (kinds, after, most) =>
      kept.filter(({ index, stream }) => index > after && isJudged(stream, kinds)).slice(0, most),
    damage: () => [],
    async close() {
      await events.return?.();
      await client.dispose();
    },
  };
}

/** Our own id stands in the engine’s metadata. */
function foundEvent(event: Recorded, index: number): FoundEvent {
  const { streamId: stream, revision, type, data, metadata } = event;
  const { eventId } = (metadata ?? {}) as { eventId?: unknown };
  const bytes = data instanceof Uint8Array ? data : Buffer.from(JSON.stringify(data));
  return {
    ...{ index, stream, revision: Number(revision), type, bytes },
    eventId: typeof eventId === 'string' ? eventId : event.id,
  };
}
