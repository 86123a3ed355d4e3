import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { streamId, streamUuid } from '#kernel';
import { key, reason } from '../../support/experiment.js';
import { startCluster, type Cluster, type Instance } from '../../support/start-on-engines.js';
import type { Program, Readings } from '../harness/figure.js';
import { median } from '../harness/measure.js';
import { sharedEngines } from '../support/engines.js';
import { sleepingRuns } from '../support/sleeping-runs.js';
import { declareTrivial, submitTrivial } from '../support/trivial-run.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const longSeconds = 3600;
const everyMs = 250;

const ofKind = ({ instances }: Cluster, kind: string) => instances.filter((each) => each.kind === kind);

async function holding(cluster: Cluster, executor: string): Promise<Instance> {
  for (const instance of ofKind(cluster, 'executor')) {
    const text = await readFile(join(cluster.dataDir, instance.name, 'executor.json'), 'utf8');
    if (text.includes(executor)) return instance;
  }
  throw new Error(`no instance is executor ${executor}`);
}

/** Resolves when so many executors have started the run, one after another. @throws Error when it has ended */
async function startedBy({ eventStore }: Cluster, run: string, times: number): Promise<void> {
  for (;;) {
    const events = (await Array.fromAsync(eventStore.readStream(streamId('run', run)))).flat();
    if (events.filter(({ type }) => type === 'RunStarted').length >= times) return;
    if (/^Run(Completed|Failed)$/.test(events.at(-1)?.type ?? '')) throw new Error(`run ${run} has ended`);
    await pause(20);
  }
}

/** @returns milliseconds from kill -9 of the executor that holds a run until another has started it */
async function executorLost(cluster: Cluster): Promise<number> {
  const { scheduler } = cluster.connection;
  const { namespace, id } = await (await sleepingRuns(cluster, longSeconds)).submit();
  await startedBy(cluster, id, 1);
  const { run } = await scheduler.getRun({ namespace, id });
  const instance = await holding(cluster, run?.executor ?? 'nobody');
  const killedAt = performance.now();
  instance.child.kill('SIGKILL');
  await startedBy(cluster, id, 2);
  const lostMs = performance.now() - killedAt;
  await scheduler.cancelRun({ namespace, id, reason }, key());
  await cluster.restart(instance);
  return lostMs;
}

/** A run submitted four times a second, and `meanwhile` a second after the first. @returns milliseconds of each to its last event */
async function paced(cluster: Cluster, forMs: number, meanwhile: () => void): Promise<number[]> {
  const { connection, eventStore } = cluster;
  const ended = new AbortController();
  const endsAt = new Map<string, number>();
  const after = await eventStore.head();
  const watching = (async () => {
    const from = after === undefined ? {} : { after };
    for await (const item of eventStore.subscribe({ ...from, kinds: ['run'], signal: ended.signal }))
      for (const { type, stream } of item.kind === 'events' ? item.events : [])
        if (/^Run(Completed|Failed)$/.test(type)) endsAt.set(streamUuid(stream), performance.now());
  })();
  const begun: Promise<{ readonly id: string; readonly startedAt: number }>[] = [];
  for (let i = 0; i < forMs / everyMs; i++) {
    const startedAt = performance.now();
    begun.push(submitTrivial(connection).then(({ id }) => ({ id, startedAt })));
    if (i * everyMs === 1000) meanwhile();
    await pause(everyMs - (performance.now() - startedAt));
  }
  const runs = await Promise.all(begun);
  while (!runs.every(({ id }) => endsAt.has(id))) await pause(20);
  ended.abort();
  await watching;
  return runs.map(({ id, startedAt }) => (endsAt.get(id) ?? Number.NaN) - startedAt);
}

const told = (latencies: readonly number[]): Readings => ({
  'distributed-failover.scheduler': median(latencies) ?? Number.NaN,
  'distributed-failover.slowest': Math.max(...latencies),
});

/** Two schedulers and two executors, one of which is killed at a time. */
export const distributedFailover: Program = async (full) => {
  const [ttlMs, forMs] = full ? [15_000, 10_000] : [3000, 4000];
  await sharedEngines(['kafka', 'mongodb', 's3']);
  const cluster = await startCluster(
    {
      ...{ HOLDFAST_SLOTS: '2', HOLDFAST_SANDBOX: 'process', HOLDFAST_LEASE_TTL_MS: String(ttlMs) },
      HOLDFAST_HEARTBEAT_MS: String(ttlMs / 5),
    },
    { scheduler: 2, executor: 2 },
  );
  await declareTrivial(cluster.connection);
  await paced(cluster, 2000, () => {});
  let next = 0;
  const limitS = (ttlMs + 1000) / 1000;
  return {
    async ours() {
      const victim = ofKind(cluster, 'scheduler')[next++ % 2] as Instance;
      const latencies = await paced(cluster, forMs, () => void victim.child.kill('SIGKILL'));
      await cluster.restart(victim);
      const lostMs = await executorLost(cluster);
      return { ...told(latencies), 'distributed-failover.executor': lostMs / 1000 };
    },
    async bare() {
      const latencies = await paced(cluster, forMs, () => {});
      return { ...told(latencies), 'distributed-failover.executor': limitS };
    },
    ...(full ? {} : { smaller: { 'distributed-failover.executor': `a lease TTL of ${ttlMs / 1000} s` } }),
    close: () => cluster.close(),
  };
};
