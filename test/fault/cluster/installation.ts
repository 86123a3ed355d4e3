import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSharedEngines, type SharedEngines } from '#engines';
import { loadConfig, placesOf, ServiceConfig } from '#platform';
import { connect, type Connection, type ServiceName } from '#rpc';
import { lendCredentials, type Instance as Started } from '../../support/start-on-engines.js';
import { endAll } from '../../support/system.js';
import { mayMount, onSmallDisk } from '../small-disk.js';
import { startEngines, type Engines, type Ends } from './engines.js';
import { watchRuns, type Watch } from './watch.js';

/** A service as a process, whose end is noticed. */
export interface Instance extends Started {
  readonly dataDir: string;
  readonly log: string;
  readonly child: Started['child'] & {
    readonly pid: number;
    readonly exitCode: number | null;
    readonly signalCode: NodeJS.Signals | null;
    once(event: 'exit', listener: (code: number | null, signal: string | null) => void): void;
  };
}

interface Services {
  startServices(cluster: {
    readonly dir: string;
    readonly env: Readonly<Record<string, string>>;
    readonly counts: Readonly<Record<string, number>>;
    readonly patienceMs: number;
    readonly own: (instance: Instance) => {
      readonly env: Readonly<Record<string, string>>;
      readonly launcher?: readonly string[];
    };
  }): Promise<{
    readonly instances: readonly Instance[];
    readonly env: Readonly<Record<string, string>>;
    restart(instance: Instance, env: Readonly<Record<string, string>>): Promise<void>;
    stop(): Promise<void>;
  }>;
}

/** The whole of it: engines of its own, two schedulers, three executors, one of each other service. */
export interface Installation {
  readonly engines: Engines;
  readonly instances: readonly Instance[];
  readonly connection: Connection;
  /** The same services, each time by way of one of the schedulers alone. */
  readonly byScheduler: readonly [Connection, ...Connection[]];
  readonly seen: SharedEngines;
  readonly watch: Watch;
  /** Processes that ended though nobody killed them. */
  readonly ended: string[];
  named(name: string): Instance;
  /** kill -9, and started again until it is ready; with `fault` it kills itself at that point one day, and is started again. */
  restart(instance: Instance, fault?: string): Promise<void>;
  /** The id under which this host is known; undefined before its first start. */
  executorId(instance: Instance): Promise<string | undefined>;
  close(): Promise<void>;
}

const door = new URL('../../../../infra/cluster/services.mjs', import.meta.url).href;
const jumpingClock = new URL('./jumping-clock.js', import.meta.url).href;
const hourMs = 3_600_000;
/** Engines are away meanwhile, and the machine is busy. */
const patienceMs = 300_000;
export const counts = { scheduler: 2, executor: 3 };
/** It alone is on a small disk, where one may be made. */
export const onItsOwnDisk = 'executor-3';

const settings = {
  HOLDFAST_LOG_LEVEL: 'error',
  HOLDFAST_LEASE_TTL_MS: '5000',
  HOLDFAST_HEARTBEAT_MS: '500',
  HOLDFAST_SLOTS: '2',
};

/** What an instance has that others do not: a clock that jumps, a disk that may be filled. */
function ownOf({ name, kind, dataDir }: Instance) {
  if (kind !== 'executor') return { env: {} };
  const back = Number(name.at(-1)) % 2 === 0;
  const env = {
    NODE_OPTIONS: `--import=${jumpingClock}`,
    HOLDFAST_TEST_CLOCK_JUMP_MS: String(back ? -hourMs : hourMs),
  };
  return name === onItsOwnDisk && mayMount ? { env, launcher: onSmallDisk(dataDir, '48m') } : { env };
}

async function lastLines(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-3).join('\n');
}

/** @param allOwn see {@link startEngines} */
export async function startInstallation(allOwn: boolean): Promise<Installation> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-faults-'));
  // Steps run as somebody else and must find their folders.
  await chmod(dir, 0o755);
  // Logs are there, for whoever wants to see them.
  const keep = process.env['HOLDFAST_FAULT_KEEP'] !== undefined;
  if (keep) process.stderr.write(`  in ${dir}\n`);
  const ends: Ends = keep ? [] : [() => rm(dir, { recursive: true, force: true })];
  const ended: string[] = [];
  try {
    const engines = await startEngines(dir, ends, allOwn);
    lendCredentials(engines.env, ends);
    const { startServices } = (await import(door)) as Services;
    const services = await startServices({
      ...{ dir, env: { ...settings, ...engines.env }, counts, patienceMs, own: ownOf },
    });
    let closing = false;
    let closed: Promise<void> | undefined;
    const turns = new Map<Instance, Promise<void>>();
    ends.unshift(() => services.stop());
    ends.unshift(async () => {
      closing = true;
      // Whoever is being started just now is to be found by the end of all.
      await Promise.allSettled(turns.values());
    });
    const seen = await openSharedEngines(placesOf(loadConfig(ServiceConfig, engines.direct)));
    ends.unshift(() => seen.close());
    const watch = watchRuns(seen.eventStore);
    ends.unshift(() => watch.close());
    const addresses = Object.fromEntries(
      services.instances.map(({ kind, address }) => [
        kind,
        services.env[`HOLDFAST_${kind.toUpperCase()}_ADDRESS`] ?? address,
      ]),
    );
    const connection = connect(addresses as Record<ServiceName, string>);
    ends.unshift(() => connection.close());
    const byScheduler = services.instances
      .filter(({ kind }) => kind === 'scheduler')
      .map(({ address }) => connect({ ...addresses, scheduler: address } as Record<ServiceName, string>));
    ends.unshift(() => byScheduler.forEach((each) => each.close()));
    /** How many wait to kill and start an instance, or do so now. */
    const inHand = new Map<Instance, number>();
    const count = (instance: Instance, by: number) => inHand.set(instance, (inHand.get(instance) ?? 0) + by);

    async function again(instance: Instance, fault: string | undefined): Promise<void> {
      if (closing) return;
      try {
        await services.restart(instance, fault === undefined ? {} : { HOLDFAST_FAULT: fault });
      } catch (error) {
        // It was to kill itself, and has done so before it was ready.
        if (fault === undefined || instance.child.signalCode !== 'SIGKILL') throw error;
        await services.restart(instance, {});
      }
    }

    function restart(instance: Instance, fault?: string): Promise<void> {
      count(instance, 1);
      const before = turns.get(instance)?.catch(() => undefined) ?? Promise.resolve();
      const turn = before
        .then(() => again(instance, fault))
        .finally(() => {
          if (count(instance, -1).get(instance) === 0) mind(instance);
        });
      turns.set(instance, turn);
      return turn;
    }

    /** Whoever kills itself is started again; whoever ends otherwise has a fault of its own. */
    function mind(instance: Instance): void {
      const { child, name } = instance;
      const onExit = async (code: number | null, signal: string | null) => {
        if (closing || (inHand.get(instance) ?? 0) > 0 || instance.child !== child) return;
        if (signal !== 'SIGKILL')
          ended.push(`${name} ended with ${code ?? signal}: ${await lastLines(instance.log)}`);
        await restart(instance);
      };
      const told = (code: number | null, signal: string | null) =>
        void onExit(code, signal).catch((error: unknown) => ended.push(`${name}: ${String(error)}`));
      if (child.exitCode !== null || child.signalCode !== null) told(child.exitCode, child.signalCode);
      else child.once('exit', told);
    }
    services.instances.forEach(mind);

    return {
      ...{ engines, instances: services.instances, connection, seen, watch, ended, restart },
      byScheduler: byScheduler as [Connection, ...Connection[]],
      named(name) {
        const found = services.instances.find((instance) => instance.name === name);
        if (found === undefined) throw new Error(`there is no ${name}`);
        return found;
      },
      async executorId({ child, dataDir }) {
        const path = join('/proc', String(child.pid), 'root', dataDir, 'executor.json');
        const text = await readFile(path, 'utf8').catch(() => undefined);
        return text === undefined ? undefined : (JSON.parse(text) as { id: string }).id;
      },
      close: () => (closed ??= endAll(ends)),
    };
  } catch (error) {
    await endAll(ends);
    throw error;
  }
}
