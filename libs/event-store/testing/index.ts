export { eventStoreContract } from './event-store.contract.js';
export type { EventStoreUnderTest } from './under-test.js';
export { all, event, events, follow, idsOf, newStream, outcome, sample, upTo } from './samples.js';
