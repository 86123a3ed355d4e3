// Everything that must hold, from a clean clone: install, build, then Jest beside the checks. Runs on any Node from 18 on.
// The last line is `N passed, N failed`: Jest's tests and one for each check.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { hostTools } from './host-tools.mjs';
import { hasPassed, unlessPassed } from './passed.mjs';
import { prepare } from './prepare.mjs';
import { testFolder } from './test-folder.mjs';
import { fetchAhead, withServers } from './test-servers.mjs';
import { inRoot, run, runScript, runTool, toolEnv, node26 } from './toolchain.mjs';

/** An end for what hangs, though each spec has one of its own; before that of a CI that gives an hour and a half. */
const JEST_LIMIT_MS = 75 * 60_000;
const report = inRoot('.cache', 'jest.json');
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** Both make much that is soon garbage; with room for it they take a tenth less. */
const roomy = '--max-semi-space-size=64';

/** Types and lint read code and what configures them; `infra` has JSON in it that code imports. */
const readsCode = (path) => /\.(ts|mjs|js|cjs|json)$/.test(path);
const readsProtocol = (path) =>
  /^(proto|libs\/contracts\/generated)\/|^buf[^/]*\.yaml$|^infra\/scripts\//.test(path);

const format = ['--check', '--cache', '--cache-location', '.cache/prettier', '.'];
const checks = [
  ['protocol', readsProtocol, () => runScript('proto.mjs', ['check'])],
  ['code', readsCode, () => run(node26, [roomy, inRoot('infra/scripts/code.mjs')])],
  ['format', () => true, () => runTool('prettier/bin/prettier.cjs', format)],
];

/** Where no check works beside them, one more spec at a time does (`jest.config.mjs`). */
const workers = () => (checks.every(([name, reads]) => hasPassed(name, reads)) ? ['--maxWorkers=4'] : []);

async function jest(ignored) {
  mkdirSync(inRoot('.cache'), { recursive: true });
  rmSync(report, { force: true });
  // Workers have them too: one collector on cores that are all busy, and garbage that dies young, a twentieth less.
  const flags = ['--no-warnings=ExperimentalWarning', '--max-semi-space-size=32', '--single-threaded-gc'];
  const args = [
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${report}`,
    ...workers(),
    ...process.argv.slice(2),
    ...ignored.map((spec) => `--testPathIgnorePatterns=${spec}$`),
  ];
  // With --json Jest writes its report to stdout too; progress goes to stderr.
  const { status, tookMs } = await run(node26, [...flags, ...args], {
    show: 'progress',
    timeoutMs: JEST_LIMIT_MS,
    env: { ...toolEnv(), ...testFolder(), FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
  });
  return { status, tookMs, ...countsOf(status) };
}

/** A suite that could not run, and a Jest that failed without a failed test, count as one failure each. */
function countsOf(status) {
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, broken: ['Jest did not finish'] };
  }
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const broken = result.testResults.flatMap(({ name, assertionResults, status: suite }) => {
    const file = name.replace(inRoot('dist/'), '');
    const tests = assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${file}: ${test.fullName}`);
    return suite === 'failed' && tests.length === 0 ? [`${file}: could not run`] : tests;
  });
  return {
    passed: result.numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
    broken,
  };
}

/** With the servers that the specs share, while the checks already run. */
async function tested() {
  const { check, told, withoutServer } = await withServers(process.argv.slice(2));
  return { tests: await jest(withoutServer), servers: check, told };
}

/** One after the other, for both may install packages of the host; all specs are meant where no argument chooses some. */
async function hostAndServers() {
  const host = await hostTools();
  if (process.argv.length === 2) fetchAhead();
  return host;
}

async function runChecks() {
  const results = [];
  for (const [name, reads, check] of checks)
    results.push({ name, ...(await unlessPassed(name, reads, check)) });
  return results;
}

/** What cannot be had here is always said, and a failure where everything must be tested. */
const mayLack = new Set(['host', 'servers']);
const passes = ({ name, status }) => status === 0 || (mayLack.has(name) && process.env.CI !== 'true');

function summarise(tests, results, told) {
  for (const { name, status, output } of results)
    if (status !== 0) console.log(`\n── ${name} ${'─'.repeat(70 - name.length)}\n${output.trim()}`);
  console.log('\nSummary');
  for (const { name, status, tookMs, unchanged } of results) {
    const note = unchanged ? '  unchanged since it passed' : '';
    console.log(
      `  ${passes({ name, status }) ? 'ok    ' : 'FAILED'}  ${name.padEnd(10)} ${seconds(tookMs)}${note}`,
    );
  }
  for (const line of told) console.log(`          ${line}`);
  const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
  console.log(
    `  ${tests.failed === 0 ? 'ok    ' : 'FAILED'}  ${'tests'.padEnd(10)} ${seconds(tests.tookMs)}  ${tests.passed} passed, ${tests.failed} failed${skipped}`,
  );
  for (const name of tests.broken) console.log(`          ✕ ${name}`);
  const failedChecks = results.filter((result) => !passes(result)).length;
  const passed = tests.passed + results.length - failedChecks;
  const failed = tests.failed + failedChecks;
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

try {
  const [host] = await Promise.all([hostAndServers(), prepare()]);
  const [{ tests, servers, told }, results] = await Promise.all([tested(), runChecks()]);
  summarise(tests, [host, ...results, servers], await told);
} catch (error) {
  console.log(`${error.message}\n0 passed, 1 failed`);
  process.exitCode = 1;
}
