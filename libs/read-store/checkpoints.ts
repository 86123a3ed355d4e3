import { DomainError } from '#kernel';
import type { Checkpoint } from './read-store.js';

/** @throws CHECKPOINT_ORDER when a commit does not lead on: its count of events also says which of two writes of a document is the newer */
export function checkOrder(expected: Checkpoint | undefined, next: Checkpoint): void {
  if (Number.isSafeInteger(next.events) && next.events > (expected?.events ?? 0)) return;
  const message = `a commit goes on from ${expected?.events ?? 0} events to more of them, not to ${next.events}`;
  throw new DomainError('invalid', 'CHECKPOINT_ORDER', message);
}

/** @throws STALE_CHECKPOINT */
export function checkExpected(
  collection: string,
  present: Checkpoint | undefined,
  expected: Checkpoint | undefined,
): void {
  if (present?.position === expected?.position && present?.events === expected?.events) return;
  const message = `${collection} is at another position than the writer thinks`;
  throw new DomainError('conflict', 'STALE_CHECKPOINT', message);
}

export const leaseLost = (collection: string): DomainError =>
  new DomainError('conflict', 'LEASE_LOST', `another instance writes ${collection} now`);

export const collectionNotFound = (collection: string): DomainError =>
  new DomainError('not-found', 'COLLECTION_NOT_FOUND', `there is no collection ${collection}`);
