// The servers of a test run, and what its summary says of them.
import { readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { dockerAnswers } from '../servers/containers.mjs';
import { servers } from '../servers/index.mjs';
import { classPath } from '../servers/jars.mjs';
import { neededBy } from '../servers/needs.mjs';
import { shareServers } from '../servers/of-test-run.mjs';
import { composeSpecAhead } from './compose-spec.mjs';
import { inRoot, node26, run, runTool } from './toolchain.mjs';

const onJava = ['kafka', 'mongodb', 's3'];

/** Begins to fetch what all specs need from Maven and of Go, while npm installs; what did not come is told where it is needed. */
export function fetchAhead() {
  void composeSpecAhead();
  const own = onJava.filter((name) => (process.env[servers[name].variable] ?? '') === '');
  if (!dockerAnswers()) void Promise.allSettled(own.map(classPath));
}

/** As Jest chooses them by these arguments; without any, all that were built, and Jest need not be asked. */
async function chosenSpecs(args) {
  if (args.length === 0)
    return readdirSync(inRoot('dist'), { recursive: true })
      .filter((name) => name.endsWith('.spec.js'))
      .map((name) => inRoot('dist', name));
  const { status, output } = await runTool('jest/bin/jest.js', ['--listTests', ...args]);
  return status === 0 ? output.split('\n').filter((line) => line.endsWith('.spec.js')) : [];
}

const table = inRoot('dist/test/support/eventstoredb/behaviours.js');
const count = `import(${JSON.stringify(pathToFileURL(table).href)}).then((it) => console.log(it.behaviours.length))`;

/** How much of the real server's behaviour ours is checked for, by its own table. */
async function behaviours() {
  const { status, output } = await run(node26, ['-e', count]);
  return status === 0
    ? `, checked for ${output.trim()} behaviours of the real one`
    : ', whose behaviours could not be counted';
}

async function lineOf({ name, kind, title, note }) {
  const own = name === 'eventstoredb' && kind === 'compatible' ? await behaviours() : '';
  const why = note === undefined ? '' : ` (${note.trim().split('\n').at(-1)})`;
  return `${kind.padEnd(11)} ${name.padEnd(13)} ${title}${own}${why}`;
}

/**
 * Starts what the chosen specs need and nobody has named.
 * @returns {Promise<{ check: object, told: Promise<string[]>, withoutServer: string[] }>} the check fails when a server is missing;
 *   `told` is a line for each server, `withoutServer` the specs that cannot run
 */
export async function withServers(args) {
  const startedAt = performance.now();
  const specs = await chosenSpecs(args);
  const shared = await shareServers(neededBy(specs));
  const missing = shared.filter(({ kind }) => kind === 'missing');
  const lacks = (spec) => neededBy([spec]).some(({ name }) => missing.some((server) => server.name === name));
  const withoutServer = missing.length === 0 ? [] : specs.filter(lacks);
  const untested = withoutServer.map((spec) => `NOT TESTED: ${spec.replace(inRoot('dist/'), '')}`);
  const check = {
    name: 'servers',
    status: missing.length > 0 ? 1 : 0,
    output: [...missing.map(({ name, title }) => `no ${name}: ${title}`), ...untested].join('\n'),
    tookMs: performance.now() - startedAt,
  };
  return { check, told: Promise.all(shared.map(lineOf)), withoutServer };
}
