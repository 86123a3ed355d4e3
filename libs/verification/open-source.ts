import { DomainError } from '#kernel';
import type { EventSource } from './event-source.js';
import type * as EventStoreDb from './eventstoredb-source.js';

// By its address, so that nothing takes its client for what a start needs.
const eventStoreDb = new URL('./eventstoredb-source.js', import.meta.url).href;

/** @param place `sqlite:PATH` or `esdb://…` */
export async function openSource(place: string): Promise<EventSource> {
  if (place.startsWith('sqlite:'))
    return (await import('./sqlite-source.js')).openSqliteSource(place.slice('sqlite:'.length));
  if (place.startsWith('esdb'))
    return ((await import(eventStoreDb)) as typeof EventStoreDb).openEventStoreDbSource(place);
  throw new DomainError(
    'invalid',
    'EVENT_STORE_UNKNOWN',
    'an event store is written sqlite:PATH or esdb://…',
  );
}

/** Whether parts of it can be read side by side. */
export const canJump = (place: string): boolean => place.startsWith('sqlite:');
