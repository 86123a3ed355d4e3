export {
  busyMs,
  ensureFormat,
  inTransaction,
  openDatabase,
  type DatabaseOptions,
  type Format,
} from './database.js';
export { toDomainError } from './errors.js';
export { lockFor } from './lock.js';
export { serveThread, type Served } from './serve.js';
export { startSharedThread, startThread, type SharedThread, type Thread } from './thread.js';
