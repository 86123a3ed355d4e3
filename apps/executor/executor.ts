import type { Chance, Clock, FaultPoint } from '#kernel';
import type { executor as api, scheduler } from '#contracts';
import type { MessageBus } from '#message-bus';
import type { Instruments } from '#observability';
import type { Log } from '#platform';
import { endOrphans } from '#sandbox';
import { startAttempt, type StopReason, type Workplace } from './attempt/attempt.js';
import { openAttempts } from './pool/attempts.js';
import { keepClaiming } from './pool/claims.js';
import { keepMembership } from './pool/membership.js';
import type { SchedulerDoor } from './pool/scheduler-door.js';
import { openBell } from './pool/wake.js';

/** Token of the one {@link Executor} of a module. */
export const EXECUTOR = Symbol('Executor');

export const wakeUpsTopic = 'holdfast.wake-ups.v1';

export interface Executor {
  status(): api.GetStatusResponse;
  /** Takes no more work; what runs goes on. */
  drain(): void;
  /** Parts that are not ready yet. */
  unready(): readonly string[];
  /**
   * Drains for at most `withinMs`, stops what still runs and says so, leaves the pool.
   * Without any time it stops at once.
   */
  close(withinMs: number): Promise<void>;
}

export interface ExecutorOptions {
  /** Where to ask for work; settles when the scheduler can be reached, at the earliest. */
  readonly door: Promise<SchedulerDoor>;
  readonly workplace: Omit<Workplace, 'door'>;
  readonly pool: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly slots: number;
  readonly release: string;
  /** Where this executor answers itself. */
  readonly address: Promise<string>;
  readonly scratchDir: string;
  readonly bus: MessageBus;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly instruments: Instruments;
  readonly reach: FaultPoint;
}

type Assignment = scheduler.Assignment;

/** How long steps may take to end, and the scheduler to be told, once work has to stop. */
const tellMs = 8_000;
/** How long the answer to a claim may take once no other is made. */
const lastClaimMs = 2_000;
/** How long the scheduler may take to hear that it leaves; one that is away is not waited for. */
const leaveMs = 5_000;

/** Starts at once, in the background: what a killed server left is ended, the pool joined, work claimed. */
export function openExecutor(options: ExecutorOptions): Executor {
  const { workplace, pool, labels, slots, release, bus, clock, chance, log, instruments } = options;
  const { executorId } = workplace;
  const isolation = [...workplace.sandboxes.offered];
  const leaving = new AbortController();
  const enough = new AbortController();
  const bell = openBell(clock);
  const call = openBell(clock);
  const attempts = openAttempts(() => bell.ring());
  let [joined, draining, mode] = [false, false, 'active'];
  /** As many as it was scaled to, else its own. */
  let slotsNow = slots;
  /** What becomes of whatever is begun now: an answer that was on its way. */
  let stopping: StopReason | undefined;

  const wakeUps = bus.subscribe({ topics: [wakeUpsTopic] }, ({ key, headers }) => {
    if (key === pool) bell.ring();
    if (headers['executor'] === executorId) call.ring();
  });

  const stopTelling = instruments.meter.whenRead((told) => {
    told('holdfast_executor_slots', { pool }, slotsNow);
    told('holdfast_executor_busy_slots', { pool }, attempts.list().length);
  });

  let claims: Promise<void> = Promise.resolve();

  const work = async (door: SchedulerDoor): Promise<void> => {
    const { signal } = leaving;
    const facts = { id: executorId, pool, labels, slots, release, isolation };
    const executor = {
      ...facts,
      architecture: workplace.architecture,
      busy: 0,
      mode: '',
      joinedAt: undefined,
    };
    const shared = { door, clock, chance, log, signal };
    const takes = () => joined && !draining && mode !== 'draining' && mode !== 'cordoned';
    const request = { executorId, pool, labels };
    const begin = (assignment: Assignment): void => {
      // Of more than it may run now, one that ends is not followed by another.
      const hasRoom = () => takes() && attempts.list().length <= slotsNow;
      const next = () => (hasRoom() ? { ...request, freeSlots: 1, waitMs: 0 } : undefined);
      const attempt = startAttempt(assignment, { ...workplace, door }, { next, onNext: begin });
      attempts.add(attempt);
      if (stopping) attempt.stop(stopping);
    };
    const membership = keepMembership({
      ...shared,
      join: { executor, address: await options.address },
      attempts,
      call,
      onJoined(given) {
        joined = true;
        slotsNow = given || slots;
        log.info('joined the pool', { pool, slots: slotsNow, isolation });
        bell.ring();
      },
      onHeard(heard) {
        ({ mode } = heard);
        // One of the release before does not say.
        const before = slotsNow;
        slotsNow = heard.slots || slots;
        if (heard.workWaiting || slotsNow > before) bell.ring();
      },
    });
    claims = keepClaiming({
      ...shared,
      enough: enough.signal,
      bell,
      request,
      freeSlots: () => (takes() ? slotsNow - attempts.list().length : 0),
      begin,
    });
    await Promise.all([membership, claims]);
  };

  const life = (async () => {
    const orphans = await endOrphans(options.scratchDir, clock);
    if (orphans.cleaned > 0) log.info('ended what an earlier server had left', { ...orphans });
    const door = await options.door;
    if (!leaving.signal.aborted) await work(door);
  })();
  life.catch((error: unknown) => log.error('the executor cannot work', { error }));

  const end = async (withinMs: number): Promise<void> => {
    draining = true;
    enough.abort();
    // A lease that is on its way here is worked on, not lost.
    await soonEnough(claims, lastClaimMs, clock);
    await soonEnough(attempts.ended(), withinMs, clock);
    attempts.stopAll((stopping = 'given-back'));
    await soonEnough(attempts.ended(), tellMs, clock);
    attempts.stopAll((stopping = 'abandoned'));
    await attempts.ended();
    leaving.abort();
    stopTelling();
    await wakeUps.close();
    await Promise.race([life.catch(() => undefined), neverJoined()]);
    await leave();
  };
  /** A door that never opened is not waited for. */
  const neverJoined = (): Promise<void> => (joined ? new Promise(() => undefined) : Promise.resolve());
  const leave = async (): Promise<void> => {
    if (!joined) return;
    const call = { idempotencyKey: chance.uuid(), deadlineMs: leaveMs, retryForMs: 0 };
    await (await options.door).leavePool({ executorId }, call).catch(() => undefined);
  };
  let ending: Promise<void> | undefined;

  return {
    status: () => ({
      executorId,
      pool,
      slots: slotsNow,
      draining: draining || mode === 'draining',
      attempts: attempts.list(),
      isolation,
    }),
    drain() {
      draining = true;
      enough.abort();
    },
    unready: () => (joined ? [] : [`pool ${pool}`]),
    close: (withinMs) => (ending ??= end(withinMs)),
  };
}

async function soonEnough(done: Promise<void>, withinMs: number, clock: Clock): Promise<void> {
  if (withinMs <= 0) return;
  let stop = () => {};
  const late = new Promise<void>((resolve) => {
    stop = clock.after(withinMs, resolve);
  });
  await Promise.race([done, late]);
  stop();
}
