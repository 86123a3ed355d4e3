import { hash } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EventStoreDBClient } from '@eventstore/db-client';
import { parseVerifierKey } from '#evidence';
import { verifyLog } from '#verification';
import { residentMb } from './process-use.js';

/** A process of its own that verifies a log, or only reads and hashes as much, of SQLite or by the bare client; says events a second and its memory. */
const [how = '', store = '', log = '', count = '', key = ''] = process.argv.slice(2);
const events = Number(count);
const startedAt = performance.now();
if (how === 'ours') {
  const policy = { keys: [parseVerifierKey(key)] };
  for await (const told of verifyLog({ eventStore: store, log: `file:${log}`, policy }))
    if ('report' in told && !told.report.intact) throw new Error(JSON.stringify(told.report));
} else if (how === 'client') await readByClient(store);
else {
  const workerData = {
    store: store.replace(/^sqlite:/, ''),
    log,
    events,
    next: new Int32Array(new SharedArrayBuffer(4)),
  };
  const threads = [0, 1].map(
    () => new Worker(new URL('./bare-verify.worker.js', import.meta.url), { workerData }),
  );
  await Promise.all(threads.map((thread) => once(thread, 'exit')));
}
const seconds = (performance.now() - startedAt) / 1000;

/** The three hashes of an event: of its bytes, of its leaf, and of the nodes above. */
async function readByClient(connection: string): Promise<void> {
  const client = EventStoreDBClient.connectionString(connection as never);
  for await (const { event } of client.readAll())
    if (event !== undefined && !event.type.startsWith('$')) {
      const bytes = event.data as Uint8Array;
      for (const part of [bytes, bytes.subarray(0, 300), bytes.subarray(0, 65)])
        hash('sha256', part, 'latin1');
    }
  await client.dispose();
}

process.stdout.write(JSON.stringify({ rate: events / seconds, peakMb: residentMb(process.pid, 'most') }));
