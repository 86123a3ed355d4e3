import { Cursor } from '../store/cursor.js';
import type { Filter } from '../store/filter.js';
import { firstReadable, isSoftDeleted } from '../store/metadata.js';
import { firstAt } from '../store/places.js';
import type { Position } from '../store/position.js';
import { eventsOf } from '../store/sequence.js';
import type { Store } from '../store/store.js';
import { invalidCount, invalidPosition, streamDeleted } from './errors.js';
import { eventMessage, streamNotFound, type ReadResp } from './messages.js';

/** Resolves when the client can take more. */
export type Send = (message: ReadResp) => Promise<void>;

interface Direction {
  readonly backwards: boolean;
  /** At most so many events, at least 1. */
  readonly count: number;
}

/** A read of one stream up to where its end is when it gets there; `from` is inclusive. */
export async function readStream(
  store: Store,
  send: Send,
  stream: string,
  { from, backwards, count }: Direction & { readonly from: number | 'end' },
): Promise<void> {
  if (count <= 0) throw invalidCount();
  const { metadata, tombstone } = store.history.find(stream);
  if (tombstone !== undefined && tombstone < store.history.visible) throw streamDeleted(stream);
  const sequence = eventsOf(store, stream);
  const end = sequence.end();
  if (end === 0 || isSoftDeleted(metadata)) return send(streamNotFound(stream));
  const first = firstReadable(metadata, end - 1);
  const oldestMs = metadata.$maxAge === undefined ? 0 : Date.now() - metadata.$maxAge * 1000;
  const cursor = new Cursor(store);
  const start = from === 'end' ? (backwards ? end - 1 : end) : from;
  let left = count;
  let revision = backwards ? Math.min(start, end - 1) : Math.max(start, first);
  for (; revision >= first && revision < sequence.end() && left > 0; revision += backwards ? -1 : 1) {
    const { record, position } = cursor.read(sequence.indexAt(revision));
    if (Number(record.createdTicks / 10_000n) < oldestMs) continue;
    await send(eventMessage(record, position));
    left--;
  }
}

/** A read of `$all` up to where its end is when it gets there. Forwards `from` is inclusive; backwards exclusive, as the real server has it. */
export async function readAll(
  store: Store,
  send: Send,
  wanted: Direction & { readonly from: Position | 'end'; readonly filter: Filter },
): Promise<void> {
  const { from, backwards, count, filter } = wanted;
  if (count <= 0) throw invalidCount();
  const first = from === 'end' ? store.history.visible : firstAt(store.history, from);
  if (first === undefined) throw invalidPosition();
  const cursor = new Cursor(store);
  let left = count;
  let index = backwards ? first - 1 : first;
  for (; index >= 0 && index < store.history.visible && left > 0; index += backwards ? -1 : 1) {
    if (!filter(index)) continue;
    const { record, position } = cursor.read(index);
    await send(eventMessage(record, position));
    left--;
  }
}
