import { DomainError, type Clock, type Instant, type StreamId } from '#kernel';
import type { ReadStore } from '#read-store';
import type { ProjectedEvent } from './projection.js';

/** An event that a reactor could not handle, put aside so that the others go on. */
export interface ParkedEvent {
  readonly eventId: string;
  readonly stream: StreamId;
  readonly revision: number;
  readonly type: string;
  /** What the last try failed with; never data of the event. */
  readonly reason: string;
  readonly parkedAt: Instant;
}

export interface Parking {
  list(): Promise<readonly ParkedEvent[]>;
  add(event: ProjectedEvent, reason: string): Promise<void>;
  remove(eventId: string): Promise<void>;
}

const longestReason = 500;
/** Beyond this many something is wrong with the reactor, not with events: it stops rather than lets them all pass. */
export const mostParked = 1000;

/** Parked events of one reactor, kept in the read store. */
export function openParking(readStore: ReadStore, reactor: string, clock: Clock): Parking {
  const key = `parked:${reactor}`;
  const parse = (text: string | undefined) =>
    text === undefined ? [] : (JSON.parse(text) as readonly ParkedEvent[]);

  /** Repeated until nobody else has changed the list in between. */
  async function change(to: (parked: readonly ParkedEvent[]) => readonly ParkedEvent[]): Promise<void> {
    for (;;) {
      const text = await readStore.getSetting(key);
      if (await readStore.setSetting(key, text, JSON.stringify(to(parse(text))))) return;
    }
  }

  return {
    list: async () => parse(await readStore.getSetting(key)),
    async add({ eventId, stream, revision, type }, reason) {
      const entry = { eventId, stream, revision, type };
      const shortened = reason.slice(0, longestReason);
      await change((parked) => {
        if (parked.some((other) => other.eventId === eventId)) return parked;
        if (parked.length >= mostParked) {
          const message = `${reactor} has ${mostParked} events put aside; look at why, then retry them`;
          throw new DomainError('exhausted', 'PARKING_FULL', message);
        }
        return [...parked, { ...entry, reason: shortened, parkedAt: clock.now() }];
      });
    },
    remove: (eventId) => change((parked) => parked.filter((other) => other.eventId !== eventId)),
  };
}
