import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { unpackEvents, type PackedEvents } from './event-thread.js';
import { openEventWriter, type WrittenEvents, type WriterOptions } from './event-writer.js';

const port = parentPort as MessagePort;
const writer = openEventWriter(workerData as WriterOptions);

/** Pieces go over with their memory. */
const answer = (written: WrittenEvents) =>
  port.postMessage(
    written,
    written.lines.map(({ buffer }) => buffer as ArrayBuffer),
  );

async function handle(events: PackedEvents | 'end'): Promise<void> {
  answer(await (events === 'end' ? writer.end() : writer.write(unpackEvents(events))));
  if (events === 'end') port.close();
}

let last = Promise.resolve();
// What fails is thrown, and ends the thread.
port.on('message', (events: PackedEvents | 'end') => {
  last = last.then(() => handle(events));
});
