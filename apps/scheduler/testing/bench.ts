import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { epochMs, systemChance, systemClock, toInstant, type Clock, type Digest, type Json } from '#kernel';
import { canonicalBytes, digestBytes, treeDigest, treeManifest, treeOf } from '#evidence';
import type { scheduler } from '#contracts';
import type { Manifest } from '#domain/manifest';
import { openSharedEngines, type SharedEngines } from '#engines';
import { createLog, placesOf, startService, type Running } from '#platform';
import { connect, type Connection } from '#rpc';
import { SchedulerConfig, SchedulerModule, schedulerServices } from '../index.js';

export const key = () => ({ idempotencyKey: systemChance.uuid() });
export const digit = (hex: string): Digest => `sha256:${hex.repeat(64)}` as Digest;

const script = Buffer.from('console.log(1)\n');
const code = treeOf([
  { path: 'train.mjs', sizeBytes: script.length, digest: digestBytes(script), mode: '100644' },
]);

/** A manifest of one step. */
export function manifestOf(
  declared: Partial<Manifest['declared']> = {},
  pinned: Partial<Manifest['pinned']> = {},
) {
  const manifest: Manifest = {
    v: 1,
    pinned: {
      code: { tree: treeDigest(code), sizeBytes: script.length },
      environment: { kind: 'node', digest: digit('e') },
      data: {},
      knobs: { l2: 0.1 },
      seed: { root: 7, method: 'hkdf-sha256/1' },
      determinism: { sourceDateEpoch: 315_532_800, network: false, variables: {} },
      steps: { train: { run: ['node', 'train.mjs'], in: {}, out: { model: 'model.json' } } },
      resources: { cpu: 1, memoryBytes: 2 ** 28, timeoutMs: 60_000, diskBytes: 2 ** 28, pids: 64 },
      isolation: null,
      architecture: 'x64',
      secrets: {},
      ...pinned,
    },
    declared: {
      blueprint: { namespace: 'default', name: 'species', version: digit('1') },
      environment: { name: 'node-26' },
      why: 'Does it work?',
      metrics: {},
      retry: { attempts: 2, on: ['executor-lost', 'lease-expired'] },
      datasets: {},
      pool: 'default',
      labels: {},
      ...declared,
    },
  };
  return canonicalBytes(manifest as unknown as Json);
}

/** A clock that can be moved ahead of the real one; what sleeps wakes up when its time has come. */
export interface MovableClock extends Clock {
  advance(ms: number): void;
}

export function movableClock(): MovableClock {
  let ahead = 0;
  const pending = new Set<{ dueMs: number; wake: () => void }>();
  const monotonicMs = () => systemClock.monotonicMs() + ahead;
  const after = (ms: number, action: () => void) => {
    const stop = () => {
      cancel();
      pending.delete(entry);
    };
    const entry = {
      dueMs: monotonicMs() + ms,
      wake: () => {
        stop();
        action();
      },
    };
    const cancel = systemClock.after(ms, entry.wake);
    pending.add(entry);
    return stop;
  };
  return {
    monotonicMs,
    after,
    now: () => toInstant(epochMs(systemClock.now()) + ahead),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const abort = () => {
          stop();
          reject(signal?.reason as Error);
        };
        const stop = after(ms, () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        });
        signal?.addEventListener('abort', abort, { once: true });
      }),
    advance(ms) {
      ahead += ms;
      for (const { dueMs, wake } of pending) if (dueMs <= monotonicMs()) wake();
    },
  };
}

export interface Instance {
  readonly running: Running;
  readonly client: Connection;
  readonly clock: MovableClock;
  close(): Promise<void>;
}

/** Shared engines in a folder of their own, and as many schedulers on them as a test needs. */
export interface Bench {
  readonly engines: SharedEngines;
  /** Leases last for an hour unless it is said otherwise: none ends because a machine is slow. */
  start(config?: Partial<SchedulerConfig>): Promise<Instance>;
  /** Takes in a manifest, and the code it needs. */
  manifest(bytes?: Uint8Array): Promise<Digest>;
  blob(text: string): Promise<{ digest: Digest; sizeBytes: number }>;
  dispose(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-scheduler-'));
  const placed = Object.assign(new SchedulerConfig(), { dataDir: dir });
  const engines = await openSharedEngines(placesOf(placed));
  const instances: Instance[] = [];
  const put = (bytes: Uint8Array) => engines.artifacts.put(bytes);
  await put(script);
  await put(treeManifest(code));

  return {
    engines,
    async start(given = {}) {
      const readStore = `sqlite:${join(dir, `views-${instances.length}.sqlite`)}`;
      const own = { dataDir: dir, readStore, leaseTtlMs: 3_600_000 };
      const config = Object.assign(new SchedulerConfig(), { ...own, ...given });
      const clock = movableClock();
      const running = await startService({
        name: 'scheduler',
        module: SchedulerModule.with({ config, version: 'test', shared: engines }),
        services: schedulerServices,
        host: '127.0.0.1',
        grpcPort: 0,
        httpPort: config.httpPort,
        log: createLog({ service: 'scheduler', level: 'error' }),
        clock,
      });
      const client = connect(running.address);
      const close = async () => {
        client.close();
        await running.close();
      };
      const instance = { running, client, clock, close };
      instances.push(instance);
      return instance;
    },
    manifest: async (bytes = manifestOf()) => (await put(bytes)).digest,
    async blob(text) {
      const { digest, sizeBytes } = await put(Buffer.from(text));
      return { digest, sizeBytes };
    },
    async dispose() {
      await Promise.all(instances.map((instance) => instance.close()));
      await engines.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

type Submission = Partial<scheduler.SubmitRunRequest> & { readonly manifest?: string };

export const submission = ({ manifest, ...more }: Submission): scheduler.SubmitRunRequest => ({
  namespace: '',
  what: manifest === undefined ? undefined : { $case: 'manifest', value: manifest },
  overrides: Buffer.alloc(0),
  reason: '',
  priority: 0,
  dryRun: false,
  ...more,
});

/** An executor as the scheduler sees it. */
export function executorOn(client: Connection, bench: Pick<Bench, 'blob'>, id = systemChance.uuid()) {
  const { scheduler } = client;
  const report = (assignment: scheduler.Assignment, said: scheduler.ReportAttemptRequest['report']) =>
    scheduler.reportAttempt(
      { runId: assignment.runId, epoch: assignment.epoch, executorId: id, report: said, reports: [] },
      key(),
    );
  const executor = {
    id,
    report,
    join: (more: Partial<scheduler.ExecutorInfo> = {}, address = '') =>
      scheduler.joinPool(
        {
          executor: {
            ...{ id, pool: 'default', labels: {}, slots: 4, busy: 0, release: '0.1.0', mode: '' },
            ...{ isolation: ['process'], architecture: 'x64', joinedAt: undefined, ...more },
          },
          address,
        },
        key(),
      ),
    async claim(more: Partial<scheduler.ClaimNextRequest> = {}, options = key()) {
      const request = { executorId: id, pool: 'default', labels: {}, freeSlots: 1, waitMs: 0, ...more };
      return (await scheduler.claimNext(request, options)).assignment;
    },
    beat: (...leases: { runId: string; epoch: number }[]) =>
      scheduler.heartbeat({ executorId: id, leases: leases.map(({ runId, epoch }) => ({ runId, epoch })) }),
    async started(assignment: scheduler.Assignment) {
      const { digest: fingerprint } = await bench.blob('{"os":"linux"}');
      return report(assignment, {
        $case: 'started',
        value: {
          ...{ fingerprint, sections: { os: digit('a') }, hostNotIsolated: true },
          isolation: Buffer.from('{"level":"process"}'),
        },
      });
    },
    async step(assignment: scheduler.Assignment, more: Partial<scheduler.Step> = {}) {
      const [model, text, empty] = [
        await bench.blob('{}'),
        await bench.blob('hello\n'),
        await bench.blob(''),
      ];
      const output = { name: 'model', path: 'model.json', kind: 'file', ...model };
      return report(assignment, {
        $case: 'step',
        value: {
          ...{ name: 'train', status: 'completed', epoch: assignment.epoch, durationMs: 12, exitCode: 0 },
          ...{ outputs: [output], undeclared: [], stdout: text, stderr: empty, metrics: empty },
          ...{ summary: [metric('accuracy', 0.9)], seed: 'ab'.repeat(32), ...more },
        },
      });
    },
    completed: (assignment: scheduler.Assignment, value = 0.9) =>
      report(assignment, { $case: 'completed', value: { metrics: [metric('accuracy', value)] } }),
    failed: (assignment: scheduler.Assignment, failureClass: string) =>
      report(assignment, { $case: 'failed', value: { failureClass, message: 'it broke' } }),
    cancelled: (assignment: scheduler.Assignment) =>
      report(assignment, { $case: 'cancelled', value: { message: 'stopped' } }),
    async finish(assignment: scheduler.Assignment, value?: number) {
      await executor.started(assignment);
      await executor.step(assignment);
      return executor.completed(assignment, value);
    },
  };
  return executor;
}

export const metric = (name: string, value: number): scheduler.Metric => ({
  ...{ name, value, count: 1, min: value, max: value, folds: 0 },
});

/** So that a test that fails does not go on for ever. */
const patienceMs = 150_000;
/** What takes as long as a lease is not asked for without a rest: that would keep the system from its work. */
const longestRestMs = 50;

/** Waits for a condition; the value that met it. */
export async function eventually<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  const until = systemClock.monotonicMs() + patienceMs;
  for (let restMs = 2; systemClock.monotonicMs() < until; restMs = Math.min(2 * restMs, longestRestMs)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await systemClock.sleep(restMs);
  }
  throw new Error(`it has not come to this within ${patienceMs} ms`);
}

/** Every read model built again, once it is written here; what each comparison found. */
export async function rebuilt(client: Connection) {
  const projections = await eventually(async () => {
    const found = (await client.scheduler.listProjections({})).projections;
    return found.every(({ state }) => state === 'live') && found;
  });
  const results = [];
  for (const { name } of projections) {
    for await (const { progress } of client.scheduler.rebuildProjection({ name })) {
      if (progress?.result) results.push({ name, ...progress.result });
    }
  }
  return results;
}
