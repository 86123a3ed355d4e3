import type { EventStore } from '#event-store';

/** Each folds a chunk while the other one's is committed; more are no faster and take their own memory each. */
const mostAtOnce = 2;

interface Turns {
  taken: number;
  readonly waiting: Set<() => void>;
}

const turnsOf = new WeakMap<EventStore, Turns>();

/**
 * Read models that are built from the first event, of all services that share an event store: two at a time, in the order in which they
 * asked, so that the memory of a process does not grow with how many it has.
 * @throws the reason of the signal when it aborts before it is this one's turn
 */
export async function inHistoryTurn<T>(
  eventStore: EventStore,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const turns = turnsOf.get(eventStore) ?? { taken: 0, waiting: new Set() };
  turnsOf.set(eventStore, turns);
  if (turns.taken < mostAtOnce) turns.taken++;
  else await handedOver(turns.waiting, signal);
  try {
    return await work();
  } finally {
    const [next] = turns.waiting;
    if (next === undefined) turns.taken--;
    else next();
  }
}

/** Whoever ends hands its turn to the next one. */
const handedOver = (waiting: Turns['waiting'], signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const leave = () => {
      waiting.delete(go);
      signal.removeEventListener('abort', abandon);
    };
    const go = () => {
      leave();
      resolve();
    };
    const abandon = () => {
      leave();
      reject(signal.reason as Error);
    };
    if (signal.aborted) return abandon();
    waiting.add(go);
    signal.addEventListener('abort', abandon, { once: true });
  });
