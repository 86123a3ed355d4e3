import { setImmediate } from 'node:timers/promises';
import type { StoredEvent } from '../event-store.js';
import type { Pull } from './pull.js';
import { storedEvent, type ReadResp } from './read-messages.js';

/** A batch ends with whichever comes first, or when no more is here at once. */
const batchEvents = 250;
const batchBytes = 2 ** 20;

/**
 * The events that are here now, at most a batch of them; none when there are none yet. Other messages go to `notice`.
 * @throws what the call ended with
 */
export async function eventsHere(
  call: Pull,
  notice: (message: ReadResp) => void = () => undefined,
): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  let sizeBytes = 0;
  for (let turns = 0; ;) {
    const message = takeOr(call, events.length > 0);
    if (message === undefined) {
      // The engine sends on while this is decoded: a turn of the loop brings what has arrived.
      if (events.length === 0 || turns++ > 0) return events;
      await setImmediate();
      continue;
    }
    turns = 0;
    const event = storedEvent(message);
    if (event === undefined) {
      notice(message);
      continue;
    }
    events.push(event);
    sizeBytes += event.bytes.length;
    if (events.length >= batchEvents || sizeBytes >= batchBytes) return events;
  }
}

/** What came before a failure is given first; the failure comes again when it is asked for more. */
function takeOr(call: Pull, hasEvents: boolean): ReadResp | undefined {
  try {
    return call.take();
  } catch (error) {
    if (hasEvents) return undefined;
    throw error;
  }
}
