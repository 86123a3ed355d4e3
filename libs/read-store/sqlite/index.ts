export { openSqliteReadStore, type SqliteReadStoreOptions } from './sqlite-read-store.js';
