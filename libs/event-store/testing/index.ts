export { eventStoreContract } from './event-store.contract.js';
export type { EventStoreUnderTest } from './under-test.js';
