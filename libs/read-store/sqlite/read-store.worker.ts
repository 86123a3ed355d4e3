import type { DatabaseSync } from 'node:sqlite';
import { killAt } from '#kernel';
import { lockFor, openDatabase, serveThread, type DatabaseOptions } from '#sqlite';
import { fitting } from './commits.js';
import { createTables, openOperations } from './documents.js';

export interface OpenData {
  readonly path: string;
  readonly options: DatabaseOptions;
  readonly fault: string | undefined;
}

serveThread((_, { path, options, fault }: OpenData) => {
  const lock = lockFor(path);
  let database: DatabaseSync | undefined;
  const close = () => {
    database?.close();
    lock.release();
  };
  try {
    database = openDatabase(path, { ...options, mirror: true });
    createTables(database);
    const { commits, ...operations } = openOperations(database, killAt(fault));
    return { operations, batch: { operation: 'commit', fit: fitting, run: commits }, close };
  } catch (error) {
    // The thread lives on for other stores, and what is open in it stays open.
    close();
    throw error;
  }
});
