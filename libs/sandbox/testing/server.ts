// A server for the tests to kill: runs one step that leaves a process behind and has a large input, and says so when it is under way.
import { systemClock } from '#kernel';
import { openBench, type TestedLevel } from './step-bench.js';

const bench = await openBench(process.argv[2] as TestedLevel);
process.stdout.write(`${bench.scratchDir}\n`);
const { digest: blob } = await bench.store.put(new Uint8Array(2 ** 20));
const files = {
  'main.cjs': `require('child_process').spawn('/bin/sh', ['-c', '/bin/sleep 1000 & /bin/sleep 1000'], { detached: true, stdio: 'ignore' });
    console.log('under way'); setInterval(() => {}, 1000);`,
};
const spec = await bench.spec(files, { inputs: [{ path: 'data', blob }] });
await bench.sandbox.runStep(spec, { onOutput: ({ bytes }) => void process.stdout.write(bytes) });
await systemClock.sleep(60_000);
