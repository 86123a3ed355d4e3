export { messageBusContract } from './message-bus.contract.js';
export type { MessageBusUnderTest } from './under-test.js';
