// One port's contract on one engine, with its server: `npm run test:contract -- kafka`. It draws four times the inputs of `npm test`.
// Runs on any Node from 18 on.
import { readdirSync, readFileSync } from 'node:fs';
import { servers } from '../servers/index.mjs';
import { prepare } from './prepare.mjs';
import { inRoot, node26, run, toolEnv } from './toolchain.mjs';

const call = /\b(eventStore|readStore|messageBus|artifactStore)Contract\(\s*(['"`])([\w-]+)\2/g;
const portOf = {
  eventStore: 'event store',
  readStore: 'read store',
  messageBus: 'message bus',
  artifactStore: 'artifact store',
};

/** What was built runs a contract where it says so. @returns {Map<string, { ports: Set<string>, specs: Set<string> }>} by engine */
function suites() {
  const found = new Map();
  const specs = readdirSync(inRoot('dist'), { recursive: true }).filter((name) => name.endsWith('.spec.js'));
  for (const spec of specs.sort())
    for (const [, port, , engine] of readFileSync(inRoot('dist', spec), 'utf8').matchAll(call)) {
      const suite = found.get(engine) ?? { ports: new Set(), specs: new Set() };
      found.set(engine, suite);
      suite.ports.add(portOf[port]);
      suite.specs.add(`dist/${spec}`);
    }
  return new Map([...found].sort());
}

const describe = ([engine, { ports, specs }]) => {
  const server = servers[engine];
  const where =
    server === undefined ? '' : `; on ${server.variable}, or on one that is started: ${server.title}`;
  return `  ${engine.padEnd(13)} ${[...ports].join(', ')}${where}\n${[...specs].map((spec) => `    ${spec}`).join('\n')}`;
};

const help = (known) => `npm run test:contract -- ENGINE… [options of Jest]   runs the whole contract on each
npm run test:contract -- --list                    what there is

${[...known].map(describe).join('\n')}`;

async function main(args) {
  await prepare();
  const known = suites();
  const names = args.filter((arg) => !arg.startsWith('-'));
  const strange = names.filter((name) => !known.has(name));
  if (args.includes('--list') || args.includes('--help')) return void console.log(help(known));
  if (names.length === 0 || strange.length > 0) {
    const wrong = names.length === 0 ? 'which engine?' : `no contract runs on ${strange.join(', ')}`;
    console.error(`${wrong}\n\n${help(known)}`);
    process.exitCode = 2;
    return;
  }
  const specs = names.flatMap((name) => [...known.get(name).specs]);
  const options = args.filter((arg) => arg.startsWith('-'));
  const jest = ['--no-warnings=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '--runTestsByPath'];
  const env = { ...toolEnv(), HOLDFAST_TEST_DRAWS: '4' };
  const { status } = await run(node26, [...jest, ...options, '--', ...specs], { show: true, env });
  process.exitCode = status;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
