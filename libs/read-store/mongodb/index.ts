export { openMongoReadStore, type MongoReadStoreOptions } from './mongo-read-store.js';
