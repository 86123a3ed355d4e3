// The fault suites at full size: `npm run test:fault -- --runs N [--seed S]`. Runs on any Node from 18 on.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { prepare } from './prepare.mjs';
import { inRoot, node26, run, toolEnv } from './toolchain.mjs';

const help = `npm run test:fault -- [--runs N] [--seed S]

  --runs N   so many seeds (1): of each a cluster with 220 runs and 39 faults, and an embedded server killed at twenty points
  --seed S   the first seed, as an earlier run has printed it; the others follow from it

HOLDFAST_FAULT_KEEP=1 keeps the folders with the logs of every process.`;

function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: { runs: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.runs !== undefined && !/^[1-9]\d{0,3}$/.test(values.runs))
    throw new Error('--runs is a number from 1 to 9999');
  return values;
}

try {
  const { runs = '1', seed, help: asked } = optionsOf(process.argv.slice(2));
  if (asked) console.log(help);
  else {
    await prepare();
    const jest = ['--no-warnings=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '--runTestsByPath'];
    const specs = ['cluster/cluster', 'kill-points'].map((name) =>
      inRoot(`dist/test/fault/${name}.fault.spec.js`),
    );
    const { status } = await run(node26, [...jest, ...specs], {
      show: true,
      env: {
        ...toolEnv(),
        HOLDFAST_FAULT_RUNS: runs,
        HOLDFAST_FAULT_SEED: seed ?? randomUUID().slice(0, 8),
      },
    });
    process.exitCode = status;
  }
} catch (error) {
  console.error(`${error.message}\n\n${help}`);
  process.exitCode = error.code?.startsWith('ERR_PARSE_ARGS') || /^--/.test(error.message) ? 2 : 1;
}
