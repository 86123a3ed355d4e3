import { Cursor } from '../store/cursor.js';
import { firstReadable } from '../store/metadata.js';
import { eventsOf } from '../store/sequence.js';
import type { Store } from '../store/store.js';
import type { Delivery } from './delivery.js';
import { streamDeleted } from './errors.js';
import { caughtUp, eventMessage } from './messages.js';

const liveEvents = 64;

/** Follows one stream, which need not exist yet, from the revision after `after`; until the client is gone or the stream tombstoned. */
export async function followStream(
  store: Store,
  delivery: Delivery,
  stream: string,
  after: number | 'end',
): Promise<never> {
  const sequence = eventsOf(store, stream);
  const cursor = new Cursor(store);
  const sendAt = async (index: number): Promise<void> => {
    const { record, position } = cursor.read(index);
    await delivery.send(eventMessage(record, position));
  };
  const tombstone = (): number | undefined => {
    const index = store.history.find(stream).tombstone;
    return index !== undefined && index < store.history.visible ? index : undefined;
  };
  const endAt = async (index: number): Promise<never> => {
    await sendAt(index);
    throw streamDeleted(stream);
  };

  if (tombstone() !== undefined) throw streamDeleted(stream);
  let next = after === 'end' ? sequence.end() : after + 1;
  for (;;) {
    next = Math.max(next, firstReadable(store.history.find(stream).metadata, sequence.end() - 1));
    while (next < sequence.end()) await sendAt(sequence.indexAt(next++));
    await delivery.send(caughtUp());
    while (sequence.end() - next <= liveEvents) {
      if (next < sequence.end()) await sendAt(sequence.indexAt(next++));
      else {
        const deleted = tombstone();
        if (deleted !== undefined) await endAt(deleted);
        await delivery.more();
      }
    }
  }
}
