import type { EventStore, Position } from '#event-store';
import { openEventStoreDb } from '#event-store/eventstoredb';
import { eventStoreContract } from '#event-store/testing';
import { sharedServer } from '../support/servers/index.js';
import { asNew } from './as-new.js';

/** The shared server is this suite's alone: it looks at everything in it. Other specs start one of their own. */
eventStoreContract('eventstoredb', async () => {
  const open = () => openEventStoreDb({ connection: sharedServer('eventstoredb') });
  const opened: EventStore[] = [];
  const closeAll = async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  };
  const first = await open();
  const start = await first.head();
  const take = (store: EventStore) => {
    opened.push(store);
    return asNew(store, start);
  };
  const connect = async () => take(await open());
  return {
    store: take(first),
    connect,
    async reopen() {
      await closeAll();
      return connect();
    },
    beyond: (position) => `9${position.slice(1)}` as Position,
    dispose: closeAll,
  };
});
