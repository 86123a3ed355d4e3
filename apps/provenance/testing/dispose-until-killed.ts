import { openBench } from './bench.js';
import { writeRun } from './written-runs.js';

/** In a process of its own: disposes of a run in `dir` and is killed at `fault`. */
const [, , dir = '', fault = '', run = ''] = process.argv;
const bench = await openBench({}, { dir, fault });
await writeRun(bench.engines, run);
await bench.client.getBundle({ namespace: '', runId: run });
await bench.client.dispose({
  ...{ namespace: '', runId: run, authority: 'case 9', reason: 'because it is a test' },
  ...{ beforeTime: true, artifacts: [], dryRun: false },
});
