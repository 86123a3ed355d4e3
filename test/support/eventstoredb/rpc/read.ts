import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Faults } from '../faults.js';
import { filterBy, shownInAll, type Filter } from '../store/filter.js';
import type { Position } from '../store/position.js';
import type { Store } from '../store/store.js';
import { followAll, type AllSubscription } from './all-subscription.js';
import { Delivery, Ended } from './delivery.js';
import { notReady } from './errors.js';
import { confirmation, nameOf } from './messages.js';
import { readAll, readStream, type Send } from './once.js';
import { Gone, send, untilEmitted, type ReadCall, type ReadOptions } from './sending.js';
import { followStream } from './stream-subscription.js';

/** `Streams.Read`: a read when the request has a count, a subscription when it has not. */
export const read =
  (store: Store, faults: Faults) =>
  (call: ReadCall): void => {
    const options = call.request.getOptions() ?? new streams.ReadReq.Options();
    const answer = options.hasSubscription()
      ? subscribe(store, faults, call, options)
      : readOnce(store, faults, call, options);
    answer.then(
      () => call.end(),
      (error: unknown) => {
        if (error instanceof Ended) call.end();
        else if (!(error instanceof Gone)) call.emit('error', error);
      },
    );
  };

async function readOnce(store: Store, faults: Faults, call: ReadCall, options: ReadOptions): Promise<void> {
  const fault = faults.take('read');
  if (fault?.name === 'read-hangs') await forever(faults, call);
  if (fault?.name === 'read-delayed') await sleep(fault.options.ms);
  let left = fault?.name === 'read-unavailable' ? fault.options.after : Infinity;
  const sendNext: Send = async (message) => {
    if (left-- <= 0) throw notReady();
    await send(call, message);
  };
  const stream = options.getStream();
  const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  const count = Number(options.getCount());
  if (left <= 0) throw notReady();
  if (stream !== undefined)
    await readStream(store, sendNext, nameOf(stream.getStreamIdentifier()), {
      from: revisionOf(stream) ?? 'end',
      backwards,
      count,
    });
  else
    await readAll(store, sendNext, {
      from: placeOf(options) ?? 'end',
      backwards,
      count,
      filter: filterOf(store, options),
    });
}

async function subscribe(store: Store, faults: Faults, call: ReadCall, options: ReadOptions): Promise<never> {
  const fault = faults.take('subscribe');
  if (fault?.name === 'subscribe-hangs') await forever(faults, call);
  if (fault?.name === 'subscribe-unavailable') throw notReady();
  const delivery = new Delivery(store, faults, call);
  try {
    await delivery.send(confirmation(randomUUID()));
    const stream = options.getStream();
    if (stream === undefined) return await followAll(store, delivery, allSubscriptionOf(store, options));
    const from = revisionOf(stream);
    const after = from === undefined ? 'end' : stream.hasStart() ? -1 : from;
    return await followStream(store, delivery, nameOf(stream.getStreamIdentifier()), after);
  } finally {
    delivery.close();
  }
}

async function forever(faults: Faults, call: ReadCall): Promise<never> {
  faults.hung++;
  await untilEmitted(call, call, 'cancelled');
  throw new Gone();
}

/** Undefined for the end. */
const revisionOf = (stream: NonNullable<ReturnType<ReadOptions['getStream']>>): number | undefined => {
  if (stream.hasEnd()) return undefined;
  return stream.hasRevision() ? Number(stream.getRevision()) : 0;
};

/** Undefined for the end. */
function placeOf(options: ReadOptions): Position | undefined {
  const all = options.getAll();
  if (all?.hasEnd() === true) return undefined;
  const position = all?.getPosition();
  return {
    commit: Number(position?.getCommitPosition() ?? 0),
    prepare: Number(position?.getPreparePosition() ?? 0),
  };
}

/** How many events the real server looks at before it says how far it is, when the client does not say. */
const defaultWindow = 32;

function allSubscriptionOf(store: Store, options: ReadOptions): AllSubscription {
  const filter = options.getFilter();
  const window = filter?.hasMax() === true ? filter.getMax() : defaultWindow;
  const start = options.getAll()?.hasStart() === true;
  return {
    filter: filterOf(store, options),
    checkpoints:
      filter === undefined
        ? undefined
        : { window, interval: window * Math.max(1, filter.getCheckpointintervalmultiplier()) },
    after: start ? { commit: -1, prepare: -1 } : (placeOf(options) ?? 'end'),
  };
}

function filterOf({ history }: Store, options: ReadOptions): Filter {
  const filter = options.getFilter();
  const expression = filter?.getStreamIdentifier() ?? filter?.getEventType();
  if (expression === undefined) return shownInAll(history);
  return filterBy(history, filter?.hasStreamIdentifier() === true ? 'stream' : 'type', {
    regex: expression.getRegex(),
    prefixes: expression.getPrefixList(),
  });
}
