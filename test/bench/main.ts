import { parseArgs } from 'node:util';
import { exitStatus, pairCount, runProgram } from './harness/measure.js';
import type { Result } from './harness/figure.js';
import { jsonLine, table } from './harness/report.js';
import { figuresOf } from './figures.js';
import { programs } from './programs.js';

const options = {
  json: { type: 'boolean' },
  full: { type: 'boolean' },
  list: { type: 'boolean' },
  pairs: { type: 'string' },
} as const;

const known = Object.keys(programs);
const fail = (message: string): never => {
  process.stderr.write(`bench: ${message}\nprograms: ${known.join(', ')}\n`);
  process.exit(2);
};

function read() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return fail((error as Error).message);
  }
}

const { values, positionals } = read();
/** One, or all of a family: `distributed` is `distributed-bus` and the others. */
const named = (name: string) => known.filter((each) => each === name || each.startsWith(`${name}-`));
const unknown = positionals.filter((name) => named(name).length === 0);
if (unknown.length > 0) fail(`there is no ${unknown.join(', ')}`);
if (values.list) {
  process.stdout.write(`${known.join('\n')}\n`);
  process.exit(0);
}

const pairs = Number(values.pairs ?? pairCount);
if (!(Number.isInteger(pairs) && pairs >= 1 && pairs <= 99)) fail('--pairs is a whole number from 1 to 99');

// Servers and services end with this process, however it ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

// Clients that only wait for a server do not keep a process alive.
const held = setInterval(() => {}, 2 ** 30);
const results: Result[] = [];
for (const name of positionals.length > 0 ? positionals.flatMap(named) : known) {
  const program = programs[name as keyof typeof programs];
  const startedAt = performance.now();
  process.stderr.write(`${name} …`);
  const measured = await runProgram(program, figuresOf(name), values.full ?? false, pairs);
  process.stderr.write(` ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
  results.push(...measured);
  if (values.json) for (const result of measured) process.stdout.write(`${jsonLine(result)}\n`);
}
if (!values.json) process.stdout.write(`${table(results)}\n`);
clearInterval(held);
process.exit(exitStatus(results));
