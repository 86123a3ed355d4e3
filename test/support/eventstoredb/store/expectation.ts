import type { History } from './history.js';
import { isSoftDeleted, metastreamOf } from './metadata.js';

/** A revision, or one of the words that stand for several. */
export type Expected = number | 'any' | 'no-stream' | 'stream-exists';

export type Decision =
  /** `undelete`: the stream was soft-deleted and begins anew with this write. */
  | { readonly kind: 'write'; readonly undelete: boolean }
  /** Written before: the revision of its last event. */
  | { readonly kind: 'repeat'; readonly revision: number }
  | Refusal;

export type Refusal =
  /** −1 when there is no stream. */
  { readonly kind: 'wrong-revision'; readonly current: number } | { readonly kind: 'deleted' };

/**
 * Ids of events written since the process started, at most so many: all that `any` and `stream-exists` have to recognise a repeat by. The
 * real server's is bounded and forgotten at a restart too, so idempotency there is best effort.
 */
export class RecentIds {
  readonly #atMost: number;
  readonly #places = new Map<string, { readonly stream: string; readonly revision: number }>();
  /** Goes on where it was: what was removed before is not walked over again. */
  readonly #oldest = this.#places.keys();

  constructor(atMost = 100_000) {
    this.#atMost = atMost;
  }

  add(id: Uint8Array, stream: string, revision: number): void {
    this.#places.set(keyOf(id), { stream, revision });
    if (this.#places.size > this.#atMost) this.#places.delete(this.#oldest.next().value as string);
  }

  /** Revision of the event with this id in this stream. */
  find(id: Uint8Array, stream: string): number | undefined {
    const place = this.#places.get(keyOf(id));
    return place?.stream === stream ? place.revision : undefined;
  }
}

const keyOf = (id: Uint8Array): string => Buffer.from(id).toString('latin1');

/** What `IndexWriter.CheckCommit` of the real server answers, in the order of its questions. */
export function decide(
  history: History,
  recent: RecentIds,
  stream: string,
  expected: Expected,
  ids: readonly Uint8Array[],
): Decision {
  const { events, tombstone, metadata } = history.find(stream);
  const current = events.length - 1;
  const wrong: Decision = { kind: 'wrong-revision', current };
  const undelete = isSoftDeleted(metadata);
  if (tombstone !== undefined) return { kind: 'deleted' };
  if (expected === 'stream-exists') {
    if (undelete) return { kind: 'deleted' };
    if (current < 0 && history.find(metastreamOf(stream)).events.length === 0) return wrong;
  }
  if (expected === 'any' || expected === 'stream-exists') {
    const found = ids.map((id) => recent.find(id, stream));
    const missing = found.indexOf(undefined);
    if (missing === 0 || ids.length === 0) return { kind: 'write', undelete };
    return missing === -1 ? { kind: 'repeat', revision: found.at(-1) ?? -1 } : wrong;
  }
  const revision = expected === 'no-stream' ? -1 : expected;
  if (revision === current) return { kind: 'write', undelete };
  if (revision > current || ids.length === 0) return wrong;
  const differs = ids.findIndex((id, index) => !history.hasIdAt(events[revision + 1 + index], id));
  if (differs === -1) return { kind: 'repeat', revision: revision + ids.length };
  if (differs === 0 && expected === 'no-stream' && undelete) return { kind: 'write', undelete };
  return wrong;
}
