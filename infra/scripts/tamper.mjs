// Evidence, tampered with at length: `npm run test:tamper -- [--runs N] [--seed S]`. Runs on any Node from 18 on.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { prepare } from './prepare.mjs';
import { inRoot, node26, run, toolEnv } from './toolchain.mjs';

const help = `npm run test:tamper -- [--runs N] [--seed S]

  --runs N   so many mutations of each kind of evidence (1000)
  --seed S   as an earlier run has printed it`;

try {
  const options = { runs: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } };
  const { runs = '1000', seed = randomUUID().slice(0, 8), help: asked } = parseArgs({ options }).values;
  if (!/^[1-9]\d{0,6}$/.test(runs)) throw new Error('--runs is a number from 1 to 9999999');
  if (asked) console.log(help);
  else {
    await prepare();
    console.log(`seed ${seed}`);
    const jest = ['--no-warnings=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '--runTestsByPath'];
    const { status } = await run(node26, [...jest, inRoot('dist/test/tamper/tamper.int.spec.js')], {
      show: true,
      env: { ...toolEnv(), HOLDFAST_TAMPER_RUNS: runs, HOLDFAST_TAMPER_SEED: seed },
    });
    process.exitCode = status;
  }
} catch (error) {
  console.error(`${error.message}\n\n${help}`);
  process.exitCode = error.code?.startsWith('ERR_PARSE_ARGS') || /^--/.test(error.message) ? 2 : 1;
}
