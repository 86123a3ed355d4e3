// Five services as processes of their own on real engines, and an experiment carried through them.
// `npm run cluster [-- --executors N] [--once]`. Runs on any Node from 18 on.
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { inRoot } from './toolchain.mjs';
import { prepare } from './prepare.mjs';

const usage = `npm run cluster [-- OPTIONS]

Starts two schedulers, three executors and one of each other service, each a process of its own, on EventStoreDB, Kafka,
MongoDB and S3 (servers for tests; HOLDFAST_EVENT_STORE, HOLDFAST_READ_STORE, HOLDFAST_MESSAGE_BUS and HOLDFAST_ARTIFACT_STORE
say others), prints where each answers, carries the example through, and goes on until ctrl-c.

  --executors N   so many executors (default 3)
  --once          ends when the example is through
  --help          this`;

function optionsOf(args) {
  const options = { executors: { type: 'string' }, once: { type: 'boolean' }, help: { type: 'boolean' } };
  const { values } = parseArgs({ args, options });
  const executors = Number(values.executors ?? 3);
  if (!Number.isInteger(executors) || executors < 1 || executors > 64)
    throw new Error(`--executors is a whole number from 1 to 64; found ${values.executors}`);
  return { ...values, executors };
}

/** Resolves at ctrl-c or SIGTERM. */
const asked = () =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
    setInterval(() => {}, 2 ** 30).unref();
  });

async function main({ executors, once }) {
  await prepare();
  const { carryThrough } = await import('../quickstart/carry-through.mjs');
  const { openEngines } = await import('../cluster/engines.mjs');
  const { startServices } = await import('../cluster/services.mjs');
  const { startRouter } = await import('../cluster/router.mjs');
  const dir = inRoot('.holdfast', 'cluster');
  rmSync(dir, { recursive: true, force: true });
  console.log('starting engines …');
  const engines = await openEngines(dir);
  for (const line of engines.what) console.log(`  ${line}`);
  let [services, router] = [];
  try {
    console.log('starting services …');
    services = await startServices({ dir, env: engines.env, counts: { executor: executors } });
    for (const { name, address, httpPort } of services.instances)
      console.log(
        `  ${name.padEnd(13)} gRPC ${address.padEnd(16)} health and metrics http://127.0.0.1:${httpPort}`,
      );
    router = await startRouter({ instances: services.instances, dir });
    if (router) console.log(`  ${'router'.padEnd(13)} gRPC ${router.address.padEnd(16)} all of them`);
    else console.log('  no nginx here, so no one address for all of them');
    const env = router ? { HOLDFAST_SERVER: router.address } : services.env;
    const ends = asked();
    await carryThrough(inRoot('.holdfast', 'cluster', 'example'), { env });
    if (once) return;
    const variables = Object.entries(env).map(([name, value]) => `export ${name}=${value}`);
    console.log(`\nThe command line finds this cluster by:\n\n  ${variables.join('\n  ')}\n`);
    console.log('Ctrl-c ends it.');
    await ends;
  } finally {
    await router?.stop();
    await services?.stop();
    await engines.stop();
  }
}

try {
  const options = optionsOf(process.argv.slice(2));
  if (options.help) console.log(usage);
  else await main(options);
} catch (error) {
  console.error(error.message);
  process.exitCode ||= error.code?.startsWith('ERR_PARSE_ARGS') || /^--/.test(error.message) ? 2 : 1;
}
