import { MongoClient, type MongoClientOptions } from 'mongodb';
import type { DomainError } from '#kernel';

export interface MongoAccess {
  /** `mongodb://host:port/database?…` or `mongodb+srv://…`. */
  readonly url: string;
  /** After which a call that has no answer fails; default 10,000. */
  readonly deadlineMs?: number;
}

const defaultDatabase = 'holdfast';

/** Nothing is answered that could be taken back, and nobody but the primary is asked. */
const settings = {
  appName: 'holdfast',
  writeConcern: { w: 'majority', journal: true },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
} as const satisfies MongoClientOptions;

/** Not connected yet. @param unreadable thrown for an address that the driver does not read, whose own message may hold a password */
export function openMongoClient(
  { url, deadlineMs = 10_000 }: MongoAccess,
  unreadable: () => DomainError,
): MongoClient {
  const limits = {
    serverSelectionTimeoutMS: deadlineMs,
    connectTimeoutMS: deadlineMs,
    socketTimeoutMS: deadlineMs,
    waitQueueTimeoutMS: deadlineMs,
  };
  try {
    const client = new MongoClient(url, { ...settings, ...limits });
    // No option of the driver’s: ten times a second it would look for connections that are idle for too long, of which there are none.
    Object.assign(client.options, { minPoolSizeCheckFrequencyMS: 10_000 });
    return client;
  } catch {
    throw unreadable();
  }
}

/** That the address names; `holdfast` where it names none. */
export const databaseIn = (client: MongoClient, { url }: MongoAccess): string =>
  /^mongodb(\+srv)?:\/\/[^/]+\/[^?]/.test(url) ? client.db().databaseName : defaultDatabase;
