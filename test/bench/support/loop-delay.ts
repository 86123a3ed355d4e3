import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** Loaded into a process with `--import`: SIGUSR2 writes the p99 of its event loop's delay in ms, and begins anew. */
const file = process.env['HOLDFAST_BENCH_LOOP_DELAY'];
if (isMainThread && file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  process.on('SIGUSR2', () => {
    // What the timer itself waits is no delay.
    writeFileSync(file, String(Math.max(0, delay.percentile(99) / 1e6 - 5)));
    delay.reset();
  });
}
