export { openEventStoreDb, type EventStoreDbOptions } from './event-store-db.js';
export { checkConnectionString } from './connection-string.js';
