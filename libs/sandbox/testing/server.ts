// A server for the tests to kill: runs one step that leaves a process behind, and says so when it is under way.
import { systemClock } from '#kernel';
import { openBench, type TestedLevel } from './step-bench.js';

const bench = await openBench(process.argv[2] as TestedLevel);
process.stdout.write(`${bench.scratchDir}\n`);
const spec = await bench.spec({
  'main.cjs': `require('child_process').spawn('/bin/sh', ['-c', '/bin/sleep 1000 & /bin/sleep 1000'], { detached: true, stdio: 'ignore' });
    console.log('under way'); setInterval(() => {}, 1000);`,
});
await bench.sandbox.runStep(spec, { onOutput: ({ bytes }) => void process.stdout.write(bytes) });
await systemClock.sleep(60_000);
