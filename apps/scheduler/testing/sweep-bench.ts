import type { JsonObject, StreamId } from '#kernel';
import type { scheduler } from '#contracts';
import { decodeEnvelope, type Envelope } from '#contracts/stored';
import type { SharedEngines } from '#engines';
import type { Connection } from '#rpc';
import { positionToken } from '#runtime';
import { eventually, executorOn, key, openBench, type Instance } from './bench.js';
import { startLocalRegistry, type LocalRegistry } from './local-registry.js';

type Request = Partial<scheduler.SubmitSweepRequest>;
type Options = NonNullable<Parameters<Connection['scheduler']['submitSweep']>[1]>;
type Sweep = scheduler.Sweep & { readonly list: readonly scheduler.SweepMember[] };
type Stored = Envelope & { readonly eventId: string; readonly type: string };

/** A scheduler beside a registry that knows one blueprint, and what tests of sweeps ask of them. */
export interface SweepBench {
  readonly registry: LocalRegistry;
  readonly engines: SharedEngines;
  readonly client: Connection;
  /** Closes the scheduler and starts another one on the same event store, with nothing in its read store. */
  restart(window?: number): Promise<void>;
  /** One more scheduler beside the first. */
  another(): Promise<Connection>;
  executor(): ReturnType<typeof executorOn>;
  submit(
    axes: readonly string[],
    more?: Request,
    options?: Options,
  ): Promise<scheduler.SubmitSweepResponse & { readonly sweep: scheduler.Sweep }>;
  read(id: string, client?: Connection): Promise<Sweep>;
  until(id: string, condition: (sweep: Sweep) => boolean, client?: Connection): Promise<Sweep>;
  /** Of a sweep, in the order they were submitted. */
  runs(sweep: string, client?: Connection): Promise<readonly scheduler.Run[]>;
  stored(stream: string): Promise<readonly Stored[]>;
  close(): Promise<void>;
}

export const sweepRequest = (axes: readonly string[], more: Request = {}): scheduler.SubmitSweepRequest => ({
  ...{ namespace: '', blueprint: 'species', axes: [...axes], trials: 0, reason: 'to see' },
  ...{ priority: 0, dryRun: false, ...more },
});

export const knobsOf = ({ knobs }: { readonly knobs: Uint8Array }): JsonObject =>
  JSON.parse(Buffer.from(knobs).toString()) as JsonObject;

export async function openSweepBench(window = 256): Promise<SweepBench> {
  const [bench, registry] = await Promise.all([openBench(), startLocalRegistry()]);
  const registryAddress = registry.running.address;
  const start = (sweepWindow = window) => bench.start({ registryAddress, sweepWindow });
  let one: Instance = await start();
  const queries = { repeatable: true } as const;

  const sweeps: SweepBench = {
    registry,
    engines: bench.engines,
    get client() {
      return one.client;
    },
    async restart(sweepWindow) {
      await one.close();
      one = await start(sweepWindow);
    },
    another: async () => (await start()).client,
    executor: () => executorOn(one.client, bench),
    async submit(axes, more, options = key()) {
      const answer = await one.client.scheduler.submitSweep(sweepRequest(axes, more), options);
      return { ...answer, sweep: answer.sweep as scheduler.Sweep };
    },
    async read(id, { scheduler } = one.client) {
      const { sweep, members } = await scheduler.getSweep({ namespace: '', id, summary: false }, queries);
      return { ...(sweep as scheduler.Sweep), list: members };
    },
    until: (id, condition, client) =>
      eventually(async () => {
        const sweep = await sweeps.read(id, client);
        return condition(sweep) && sweep;
      }),
    async runs(sweep, { scheduler } = one.client) {
      const page = { namespace: '', pageSize: 1000, pageToken: '', statuses: [] };
      // All that has been recorded, however far the read model has come.
      const seen = { ...queries, minPosition: positionToken(await bench.engines.eventStore.head()) };
      return (await scheduler.listRuns({ ...page, orderBy: 'submitted_at', sweep }, seen)).runs;
    },
    async stored(stream) {
      const events: Stored[] = [];
      for await (const batch of bench.engines.eventStore.readStream(stream as StreamId))
        for (const { eventId, type, bytes } of batch)
          events.push({ eventId, type, ...decodeEnvelope(bytes) });
      return events;
    },
    async close() {
      await bench.dispose();
      await registry.running.close();
    },
  };
  return sweeps;
}
