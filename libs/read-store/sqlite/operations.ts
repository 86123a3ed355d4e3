import { checkId } from '../names.js';
import type { Checkpoint, CollectionSpec, Condition, Lease, Query, Write } from '../read-store.js';

/** What the thread can be asked for; documents cross it as JSON text. */
export interface Operations {
  ensureCollection(spec: CollectionSpec): void;
  dropCollection(call: { readonly name: string; readonly lease: Lease | undefined }): void;
  collections(): string[];
  get(call: { readonly collection: string; readonly id: string }): string | undefined;
  getMany(call: { readonly collection: string; readonly ids: readonly string[] }): string[];
  query(call: { readonly collection: string; readonly query: Query }): string[];
  count(call: { readonly collection: string; readonly where: readonly Condition[] }): number;
  /** Documents after `after` in id order. */
  scan(call: { readonly collection: string; readonly after: string | undefined; readonly limit: number }): {
    readonly ids: string[];
    readonly docs: string[];
  };
  checkpoint(collection: string): Checkpoint | undefined;
  /** Several at once, each with an outcome of its own. */
  commits(calls: readonly CommitCall[]): readonly (() => void)[];
  getSetting(key: string): string | undefined;
  setSetting(call: {
    readonly key: string;
    readonly expected: string | undefined;
    readonly value: string;
  }): boolean;
  acquireLease(call: {
    readonly name: string;
    readonly owner: string;
    readonly ttlMs: number;
  }): Lease | undefined;
  releaseLease(lease: Lease): void;
  probe(): void;
}

export type WireWrite = { readonly id: string; readonly doc: string } | { readonly delete: string };

export interface CommitCall {
  readonly collection: string;
  readonly lease: Lease;
  readonly expected: Checkpoint | undefined;
  readonly next: Checkpoint;
  readonly writes: readonly WireWrite[];
}

/** @throws DOCUMENT_ID */
export function toWireWrite(write: Write): WireWrite {
  if ('delete' in write) return write;
  const { id } = write.put;
  checkId(id);
  return { id, doc: JSON.stringify(write.put) };
}
