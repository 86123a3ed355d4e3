// The services of a cluster, each a process of its own that is told everything by environment variables.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot, node26, track } from '../scripts/toolchain.mjs';
import { freePort } from '../servers/free-port.mjs';

/** In the order in which one needs another. */
const kinds = ['registry', 'scheduler', 'provenance', 'auditor', 'executor'];
const usualCounts = { registry: 1, scheduler: 2, provenance: 1, auditor: 1, executor: 3 };
/** However this process ends, they end. */
const watchdog = pathToFileURL(inRoot('infra/servers/ends-with-parent.mjs')).href;
const pauseMs = 100;

const named = (service) => `HOLDFAST_${service.toUpperCase()}_ADDRESS`;

/** Addresses of every instance of every service, as settings. */
const addressesOf = (instances) =>
  Object.fromEntries(
    kinds
      .filter((kind) => kind !== 'executor')
      .map((kind) => [
        named(kind),
        instances
          .filter((instance) => instance.kind === kind)
          .map(({ address }) => address)
          .join(','),
      ]),
  );

async function untilReady({ name, httpPort, child, log }, patienceMs) {
  const until = performance.now() + patienceMs;
  let last = 'it does not answer';
  while (performance.now() < until) {
    const ended = child.exitCode ?? child.signalCode;
    if (ended !== null) throw new Error(`${name} ended with ${ended}; its log is ${log}`);
    try {
      const answer = await fetch(`http://127.0.0.1:${httpPort}/readyz`);
      if (answer.ok) return;
      last = await answer.text();
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  throw new Error(`${name} was not ready within ${patienceMs / 1000} s: ${last.trim()}; its log is ${log}`);
}

const isOver = ({ exitCode, signalCode }) => exitCode !== null || signalCode !== null;

async function end(child, signal) {
  if (child === undefined || isOver(child)) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  // What is paused takes no other signal than SIGKILL.
  child.kill('SIGCONT');
  await ended;
}

/**
 * @param {{ dir: string, env: object, counts?: { scheduler?: number, executor?: number }, own?: (instance: object) => { env?: object, launcher?: string[] }, patienceMs?: number }} cluster
 *   `own` gives an instance settings, and a program with its first arguments that it is started by; `patienceMs`: how long one may take to be ready
 * @returns {Promise<{ instances: { name: string, kind: string, address: string, httpPort: number }[], env: object, restart: (instance: object, env?: object, signal?: string) => Promise<void>, stop: () => Promise<void> }>}
 *   once all are ready; `env` says where they answer; `restart` is kill -9 (or another signal) to one that runs, then the same again, until it is ready
 */
export async function startServices({
  dir,
  env,
  counts: given,
  own: ownOf = () => ({}),
  patienceMs = 240_000,
}) {
  const counts = { ...usualCounts, ...given };
  const instances = [];
  for (const kind of kinds)
    for (let i = 1; i <= counts[kind]; i++) {
      const [grpcPort, httpPort] = [await freePort(), await freePort()];
      const name = counts[kind] === 1 ? kind : `${kind}-${i}`;
      instances.push({ name, kind, grpcPort, httpPort, address: `127.0.0.1:${grpcPort}` });
    }
  const addresses = addressesOf(instances);
  const start = (instance, more = {}) => {
    const { name, kind, grpcPort, httpPort } = instance;
    const dataDir = join(dir, name);
    mkdirSync(dataDir, { recursive: true });
    const { env: settings, launcher = [] } = ownOf({ ...instance, dataDir });
    const own = {
      ...{ HOLDFAST_DATA_DIR: dataDir, HOLDFAST_GRPC_PORT: grpcPort, HOLDFAST_HTTP_PORT: httpPort },
      ...{ ...addresses, ...env, ...settings, ...more },
    };
    const main = [node26, '--import', watchdog, inRoot('dist', 'apps', kind, 'main.js')];
    const [program, ...args] = [...launcher, ...main];
    const child = track(
      spawn(program, args, {
        env: { ...process.env, ...own },
        stdio: ['pipe', 'ignore', 'pipe'],
        // A ctrl-c in the terminal is for this process, which then stops them in order.
        detached: true,
      }),
    );
    const log = `${dataDir}.log`;
    child.stderr.pipe(createWriteStream(log, { flags: 'a' }));
    Object.assign(instance, { child, log, dataDir });
  };
  const restart = async (instance, more, signal = 'SIGKILL') => {
    await end(instance.child, signal);
    start(instance, more);
    await untilReady(instance, patienceMs);
  };
  const stop = async () => {
    for (const kind of [...kinds].reverse()) {
      const going = instances.filter((instance) => instance.kind === kind);
      await Promise.all(going.map(({ child }) => end(child, 'SIGTERM')));
    }
  };
  try {
    for (const instance of instances) start(instance);
    await Promise.all(instances.map((instance) => untilReady(instance, patienceMs)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { instances, env: addresses, restart, stop };
}
