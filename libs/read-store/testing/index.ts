export { readStoreContract } from './read-store.contract.js';
export type { ReadStoreUnderTest } from './under-test.js';
