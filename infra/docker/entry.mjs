// The one entry of the image: `registry`, `scheduler`, `executor`, `provenance`, `auditor`, or `cli` with what the command line takes.
import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';

const programs = {
  registry: 'apps/registry/main.js',
  scheduler: 'apps/scheduler/main.js',
  executor: 'apps/executor/main.js',
  provenance: 'apps/provenance/main.js',
  auditor: 'apps/auditor/main.js',
  cli: 'apps/cli/main.js',
};

const [name = ''] = process.argv.splice(2, 1);
if (!Object.hasOwn(programs, name)) {
  console.error(`say which program: ${Object.keys(programs).join(', ')}`);
  process.exit(2);
}
// An executor tells the scheduler where it listens, so that has to be an address of this container's alone.
if (name === 'executor' && process.env.HOLDFAST_GRPC_HOST === '0.0.0.0')
  process.env.HOLDFAST_GRPC_HOST = (await lookup(hostname())).address;
await import(new URL(`../../dist/${programs[name]}`, import.meta.url).href);
