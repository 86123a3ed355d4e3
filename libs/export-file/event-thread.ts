import { Worker } from 'node:worker_threads';
import type { EventWriter, RangeEvent, WriterOptions, WrittenEvents, WrittenRange } from './event-writer.js';

/** Events as they cross to the thread: flat lists and one piece of bytes. */
export interface PackedEvents {
  /** Their indexes are dense. */
  readonly first: number;
  readonly streams: readonly string[];
  readonly revisions: readonly number[];
  readonly eventIds: readonly string[];
  readonly types: readonly string[];
  /** Where the bytes of each end. */
  readonly ends: readonly number[];
  readonly bytes: Uint8Array;
}

function packEvents(events: readonly RangeEvent[]): PackedEvents {
  const bytes = new Uint8Array(events.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  const ends = events.map((event) => {
    bytes.set(event.bytes, at);
    return (at += event.bytes.length);
  });
  return {
    ...{ first: events[0]?.index ?? 0, ends, bytes },
    streams: events.map(({ stream }) => stream),
    revisions: events.map(({ revision }) => revision),
    eventIds: events.map(({ eventId }) => eventId),
    types: events.map(({ type }) => type),
  };
}

export const unpackEvents = (packed: PackedEvents): readonly RangeEvent[] =>
  packed.streams.map((stream, i) => ({
    index: packed.first + i,
    stream,
    revision: packed.revisions[i] as number,
    eventId: packed.eventIds[i] as string,
    type: packed.types[i] as string,
    bytes: packed.bytes.subarray(i === 0 ? 0 : packed.ends[i - 1], packed.ends[i]),
  }));

/** Of all exports of this process: each thread has memory of its own, and more than there are cores gain nothing. */
const mostThreads = 2;
let running = 0;

/** Whether another one may be started; an export that finds none writes its events where it is. */
export const isThreadFree = (): boolean => running < mostThreads;

/** An {@link EventWriter} in a thread, so that neither the core nor the event loop of who reads and sends is taken by it. */
export function startEventThread(options: WriterOptions): EventWriter {
  const worker = new Worker(new URL('./event-writer.worker.js', import.meta.url), { workerData: options });
  const asked: PromiseWithResolvers<unknown>[] = [];
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of asked.splice(0)) reject(failure);
  };
  // It answers in the order in which it is asked.
  worker.on('message', (written: unknown) => asked.shift()?.resolve(written));
  worker.on('error', fail);
  running++;
  worker.on('exit', () => {
    running--;
    fail(new Error('the thread that writes events has ended'));
  });

  function ask<T>(message: PackedEvents | 'end', memory: readonly ArrayBuffer[] = []): Promise<T> {
    if (failure !== undefined) return Promise.reject(failure);
    const answer = Promise.withResolvers<T>();
    asked.push(answer as PromiseWithResolvers<unknown>);
    worker.postMessage(message, memory);
    return answer.promise;
  }
  return {
    write(events) {
      const packed = packEvents(events);
      return ask<WrittenEvents>(packed, [packed.bytes.buffer as ArrayBuffer]);
    },
    end: () => ask<WrittenRange>('end'),
    close: async () => void (await worker.terminate()),
  };
}
