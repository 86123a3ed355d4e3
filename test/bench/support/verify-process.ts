import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { parseVerifierKey } from '#evidence';
import { verifyLog } from '#verification';
import { residentMb } from './process-use.js';

/** A process of its own that verifies a log, or only reads and hashes as much; says events a second and its memory. */
const [how = '', store = '', log = '', count = '', key = ''] = process.argv.slice(2);
const events = Number(count);
const startedAt = performance.now();
if (how === 'ours') {
  const policy = { keys: [parseVerifierKey(key)] };
  for await (const told of verifyLog({ eventStore: `sqlite:${store}`, log: `file:${log}`, policy }))
    if ('report' in told && !told.report.intact) throw new Error(JSON.stringify(told.report));
} else {
  const workerData = { store, log, events, next: new Int32Array(new SharedArrayBuffer(4)) };
  const threads = [0, 1].map(
    () => new Worker(new URL('./bare-verify.worker.js', import.meta.url), { workerData }),
  );
  await Promise.all(threads.map((thread) => once(thread, 'exit')));
}
const seconds = (performance.now() - startedAt) / 1000;
process.stdout.write(JSON.stringify({ rate: events / seconds, peakMb: residentMb(process.pid, 'most') }));
