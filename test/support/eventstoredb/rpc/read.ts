import { randomUUID } from 'node:crypto';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { Cursor } from '../store/cursor.js';
import { allEvents, eventsOf, type Sequence } from '../store/sequence.js';
import type { Store } from '../store/store.js';
import { eventMessage, identifierOf, nameOf } from './messages.js';
import { committed, send, type ReadCall, type ReadReq } from './sending.js';

type Options = NonNullable<ReturnType<ReadReq['getOptions']>>;

/** `Streams.Read`: a read when the request has a count, a subscription when it has not. */
export function read(store: Store): (call: ReadCall) => void {
  return (call) => {
    const options = call.request.getOptions() ?? new streams.ReadReq.Options();
    const answer = options.hasSubscription()
      ? subscribe(store, call, options)
      : readOnce(store, call, options);
    answer.catch((error: unknown) => call.destroy(error as Error));
  };
}

async function readOnce(store: Store, call: ReadCall, options: Options): Promise<void> {
  const stream = options.getStream();
  const name = nameOf(stream?.getStreamIdentifier());
  if (stream !== undefined && eventsOf(store, name).end() === 0) {
    const notFound = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifierOf(name));
    await send(call, new streams.ReadResp().setStreamNotFound(notFound));
    call.end();
    return;
  }
  const sequence = stream === undefined ? allEvents(store) : eventsOf(store, name);
  const end = sequence.end();
  const step = options.getReadDirection() === 1 ? -1 : 1;
  const cursor = new Cursor(store);
  let left = Number(options.getCount());
  for (let at = startOf(store, options, end, step); at >= 0 && at < end && left > 0; at += step, left--) {
    const { record, position } = cursor.read(sequence.indexAt(at));
    if (!(await send(call, eventMessage(record, position)))) return;
  }
  call.end();
}

async function subscribe(store: Store, call: ReadCall, options: Options): Promise<void> {
  const stream = options.getStream();
  const sequence: Sequence =
    stream === undefined ? allEvents(store) : eventsOf(store, nameOf(stream.getStreamIdentifier()));
  const confirmation = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
  if (!(await send(call, new streams.ReadResp().setConfirmation(confirmation)))) return;
  const cursor = new Cursor(store);
  let at = afterOf(store, options, sequence.end());
  let live = false;
  for (;;) {
    while (at < sequence.end()) {
      const { record, position } = cursor.read(sequence.indexAt(at++));
      if (!(await send(call, eventMessage(record, position)))) return;
    }
    if (!live) {
      live = true;
      if (!(await send(call, new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp())))) return;
    }
    if (at >= sequence.end()) await committed(store, call);
    if (call.cancelled) return;
  }
}

/** Inclusive. */
function startOf(store: Store, options: Options, end: number, step: number): number {
  const stream = options.getStream();
  if (stream?.hasRevision() === true) return Math.min(Number(stream.getRevision()), step < 0 ? end - 1 : end);
  const position = options.getAll()?.getPosition();
  if (position !== undefined) {
    const at = store.history.positions.lowerBound(Number(position.getCommitPosition()));
    // Backwards from a position is what lies before it.
    return step < 0 ? at - 1 : at;
  }
  const fromEnd = stream?.hasEnd() === true || options.getAll()?.hasEnd() === true;
  if (step < 0) return fromEnd ? end - 1 : 0;
  return fromEnd ? end : 0;
}

/** Exclusive. */
function afterOf(store: Store, options: Options, end: number): number {
  const stream = options.getStream();
  if (stream?.hasRevision() === true) return Number(stream.getRevision()) + 1;
  const position = options.getAll()?.getPosition();
  if (position !== undefined)
    return store.history.positions.lowerBound(Number(position.getCommitPosition()) + 1);
  return stream?.hasEnd() === true || options.getAll()?.hasEnd() === true ? end : 0;
}
