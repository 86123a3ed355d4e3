import { executor, type ExecutorCommand, type ExecutorEvent, type ExecutorState } from '#domain/executor';
import { run, type RunCommand, type RunEvent, type RunState } from '#domain/run';
import { sweep, type SweepCommand, type SweepEvent, type SweepState } from '#domain/sweep';
import { executorCodec, runCodec, sweepCodec } from '#contracts/stored';
import type { CommandHandler, EventDecoders, ServiceRuntime, View } from '#runtime';
import { peer, type Opening, type Peer } from '#service';
import { openAttemptContexts, type AttemptContexts } from './attempt-context.js';
import { openClaims, type Claims } from './claims.js';
import type { SchedulerConfig } from './config.js';
import { executorProjection, type ExecutorDocument } from './executor.projection.js';
import { watchLeases, type LeaseWatch } from './lease-watch.js';
import { toPublic } from './outbound.js';
import { openPresent, type Present } from './present.js';
import { quotasOf, type Quotas } from './quotas.js';
import { queueProjection, type QueueDocument } from './queue.projection.js';
import { followRuns, type RunFeed } from './run-feed.js';
import { runProjection, type RunDocument } from './run.projection.js';
import { sweepMemberProjection, type SweepMemberDocument } from './sweep-member.projection.js';
import { sweepProjection, type SweepDocument } from './sweep.projection.js';
import { sweepReactor } from './sweep.reactor.js';
import { tellQueue } from './tell-queue.js';
import { startWakeUps, type WakeUps } from './wake-ups.js';

/** Token of the one {@link Scheduler} of a module. */
export const SCHEDULER = Symbol('Scheduler');

/** What reads the streams that the scheduler writes. */
export const decoders: EventDecoders = {
  run: runCodec,
  executor: executorCodec,
  sweep: sweepCodec,
};

/** Everything the controllers work with. */
export interface Scheduler extends Pick<
  Opening<SchedulerConfig>,
  'runtime' | 'config' | 'clock' | 'chance' | 'instruments'
> {
  readonly runtime: ServiceRuntime;
  readonly runs: CommandHandler<RunCommand, RunState, RunEvent>;
  readonly executors: CommandHandler<ExecutorCommand, ExecutorState, ExecutorEvent>;
  readonly sweeps: CommandHandler<SweepCommand, SweepState, SweepEvent>;
  readonly views: {
    readonly runs: View<RunDocument>;
    readonly queue: View<QueueDocument>;
    readonly executors: View<ExecutorDocument>;
    readonly sweeps: View<SweepDocument>;
    readonly sweepMembers: View<SweepMemberDocument>;
  };
  readonly attemptContext: AttemptContexts;
  readonly registry: Peer;
  /** Open runs and executors as this instance knows them now. */
  readonly present: Present;
  /** Tells watchers what happens to a run. */
  readonly feed: RunFeed;
  /** Tells executors that there is work. */
  readonly wakeUps: WakeUps;
  /** Ends leases that nobody keeps alive. */
  readonly leases: LeaseWatch;
  readonly quotas: Quotas;
  /** Ends the telling of how long the queue is. */
  readonly stopTelling: () => void;
  /** Runs that this instance is claiming. */
  readonly claiming: Set<string>;
  readonly claims: Claims;
}

/** What the scheduler does, as a table: streams it writes, models it keeps, events it tells of, what it watches. */
export function openScheduler(opening: Opening<SchedulerConfig>): Scheduler {
  const { runtime, config, options, clock, chance, instruments } = opening;
  const address = config.registryAddress ?? options.address ?? '127.0.0.1:4653';
  runtime.relay(decoders, toPublic);
  const views = {
    runs: runtime.project(runProjection),
    queue: runtime.project(queueProjection),
    executors: runtime.project(executorProjection),
    sweeps: runtime.project(sweepProjection),
    sweepMembers: runtime.project(sweepMemberProjection),
  };
  const present = openPresent(clock);
  const parts = {
    ...{ runtime, config, clock, chance, instruments, views },
    runs: runtime.commands(run, runCodec),
    executors: runtime.commands(executor, executorCodec),
    sweeps: runtime.commands(sweep, sweepCodec),
    attemptContext: openAttemptContexts(runtime.engines.eventStore),
    registry: peer({ caller: 'scheduler', address, tracer: instruments.tracer }),
    present,
    feed: followRuns(opening, present, views.queue, decoders),
    wakeUps: startWakeUps(opening, present),
    quotas: quotasOf(config.quotas),
    claiming: new Set<string>(),
    claims: openClaims(),
    stopTelling: instruments.meter.whenRead((told) => tellQueue(told, present, clock)),
  };
  // A server that stops does not wait for whoever waits for work.
  opening.stopWork.before(() => Promise.resolve(present.stopWaiting()));
  const scheduler = { ...parts, leases: watchLeases(opening, parts) };
  runtime.react(sweepReactor(scheduler));
  return scheduler;
}

export async function closeScheduler({
  feed,
  leases,
  wakeUps,
  registry,
  stopTelling,
}: Scheduler): Promise<void> {
  stopTelling();
  await Promise.all([feed.close(), leases.close(), wakeUps.close()]);
  registry.close();
}
