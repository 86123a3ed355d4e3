import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kernel';
import { openSharedEngines, type SharedEngines } from '#engines';
import { createLog, placesOf, startService, type Running } from '#platform';
import { connect, type Connection } from '#rpc';
import { ProvenanceConfig, ProvenanceModule, provenanceServices } from '../index.js';
import { startStubScheduler, type StubScheduler } from './stub-scheduler.js';

/** Provenance on real engines in a folder of its own, beside a stub of the scheduler. */
export interface Bench {
  readonly dir: string;
  readonly engines: SharedEngines;
  readonly scheduler: StubScheduler;
  readonly client: Connection['provenance'];
  /** Closes the service and starts it again on the same engines. */
  restart(settings?: Partial<ProvenanceConfig>): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

export const newDir = (): Promise<string> => mkdtemp(join(tmpdir(), 'holdfast-provenance-'));

/** @param fault where the process is killed, for one that a test starts */
export async function openBench(
  settings: Partial<ProvenanceConfig> = {},
  { dir: given, fault }: { readonly dir?: string; readonly fault?: string } = {},
): Promise<Bench> {
  const dir = given ?? (await newDir());
  const configOf = (more: Partial<ProvenanceConfig>) =>
    Object.assign(new ProvenanceConfig(), { dataDir: dir, ...settings, ...more });
  const engines = await openSharedEngines(placesOf(configOf({})));
  const scheduler = await startStubScheduler(engines);
  let running: Running;
  let client: Connection;

  async function start(more: Partial<ProvenanceConfig> = {}): Promise<void> {
    const address = Promise.resolve(scheduler.running.address);
    running = await startService({
      name: 'provenance',
      module: ProvenanceModule.with({
        ...{ config: configOf(more), version: 'test', shared: engines, address, fault },
      }),
      services: provenanceServices,
      host: '127.0.0.1',
      grpcPort: 0,
      log: createLog({ service: 'provenance', level: 'error', write: () => undefined }),
    });
    client = connect(running.address);
  }
  async function stop(): Promise<void> {
    client.close();
    await running.close();
  }
  await start();

  return {
    dir,
    engines,
    scheduler,
    get client() {
      return client.provenance;
    },
    stop,
    async restart(more) {
      await stop();
      await start(more);
    },
    async close() {
      await stop();
      await scheduler.running.close();
      await engines.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Longer than this nothing takes here: what was waited for does not come. */
const patienceMs = 150_000;

/** Asks again until the answer is right. */
export async function until<T>(ask: () => T | Promise<T>, right: (answer: T) => boolean): Promise<T> {
  const startedMs = systemClock.monotonicMs();
  for (;;) {
    const answer = await ask();
    if (right(answer)) return answer;
    if (systemClock.monotonicMs() - startedMs > patienceMs)
      throw new Error(`waited in vain; the last answer was ${JSON.stringify(answer)}`);
    await systemClock.sleep(5);
  }
}
