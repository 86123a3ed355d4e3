export {
  openSqliteReadStore,
  sqliteReadStores,
  type SqliteReadStoreOptions,
  type SqliteReadStores,
} from './sqlite-read-store.js';
