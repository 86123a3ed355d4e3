import type { History, StreamEntry } from './history.js';

/** A revision, or what the field calls them. */
export type Expected = number | 'any' | 'no-stream' | 'stream-exists';

export type Decision =
  | { readonly kind: 'write' }
  /** Written before: the revision of its last event. */
  | { readonly kind: 'repeat'; readonly revision: number }
  /** −1 when there is no stream. */
  | { readonly kind: 'wrong-revision'; readonly current: number }
  | { readonly kind: 'deleted' };

/**
 * Ids of events written since the process started, at most so many: all that `any` and `stream-exists` have to recognise a repeat by. The
 * real server's is bounded and forgotten at a restart too, so idempotency there is best effort.
 */
export class RecentIds {
  readonly #atMost: number;
  readonly #places = new Map<string, { readonly stream: string; readonly revision: number }>();

  constructor(atMost = 100_000) {
    this.#atMost = atMost;
  }

  add(id: Uint8Array, stream: string, revision: number): void {
    this.#places.set(keyOf(id), { stream, revision });
    if (this.#places.size <= this.#atMost) return;
    for (const oldest of this.#places.keys()) {
      this.#places.delete(oldest);
      return;
    }
  }

  /** Revision of the event with this id in this stream. */
  find(id: Uint8Array, stream: string): number | undefined {
    const place = this.#places.get(keyOf(id));
    return place?.stream === stream ? place.revision : undefined;
  }
}

const keyOf = (id: Uint8Array): string => Buffer.from(id).toString('latin1');

/** What the real server's `IndexWriter.CheckCommit` answers, in its order of questions. */
export function decide(
  history: History,
  recent: RecentIds,
  entry: StreamEntry,
  softDeleted: boolean,
  expected: Expected,
  ids: readonly Uint8Array[],
): Decision {
  const current = entry.events.length - 1;
  const wrong = { kind: 'wrong-revision', current } as const;
  if (entry.tombstoned) return { kind: 'deleted' };
  if (expected === 'stream-exists') {
    if (softDeleted) return { kind: 'deleted' };
    if (current < 0 && !history.streams.has(`$$${entry.name}`)) return wrong;
  }
  if (expected === 'any' || expected === 'stream-exists') {
    const found = ids.map((id) => recent.find(id, entry.name));
    const missing = found.indexOf(undefined);
    if (missing === 0 || ids.length === 0) return { kind: 'write' };
    return missing === -1 ? { kind: 'repeat', revision: found.at(-1) ?? -1 } : wrong;
  }
  const expectedRevision = expected === 'no-stream' ? -1 : expected;
  if (expectedRevision === current) return { kind: 'write' };
  if (expectedRevision > current) return wrong;
  const same = ids.findIndex((id, index) => !history.hasIdAt(entry.events[expectedRevision + 1 + index], id));
  if (same === -1 && ids.length > 0) return { kind: 'repeat', revision: expectedRevision + ids.length };
  if (same === 0 && expected === 'no-stream' && softDeleted) return { kind: 'write' };
  return wrong;
}
