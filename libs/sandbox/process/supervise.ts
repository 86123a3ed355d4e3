import type { Clock } from '#kernel';
import type { StepCgroup } from '../cgroup/index.js';
import { toFailure, type StepFailure } from '../failure.js';
import type { StepLimits } from '../step.js';
import { diskUse } from './disk-use.js';
import type { Launched } from './launch.js';
import { descendantsOf, pidsWithMarker, residentBytes, sendSignal } from './proc.js';
import type { PublicFolders } from './public-folders.js';

export interface Watch {
  readonly launched: Launched;
  readonly limits: StepLimits;
  /** Processes of the level's own, which the step does not answer for. */
  readonly ownProcesses: number;
  readonly cgroup: StepCgroup | undefined;
  /** In the environment of the step's processes, to find them without a control group. */
  readonly marker: string;
  /** Folders of the host that the step could write to, as a user that is its alone. */
  readonly shared: PublicFolders | undefined;
  /** What the step may write. */
  readonly writable: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** From asking to forcing. */
  readonly graceMs: number;
  terminate(): Promise<void>;
}

export interface Ending {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why this server ended it; undefined when it ended by itself. */
  readonly stopped: StepFailure | undefined;
  readonly durationMs: number;
}

const firstLookMs = 20;
const lookEveryMs = 100;

/** A step being watched. `stop` may be called from outside, for a fault that only others see. */
export interface Supervision {
  readonly ended: Promise<Ending>;
  stop(failure: StepFailure): void;
}

/**
 * Lets a launched process go and follows it to its end: time, cancellation, and every limit that the kernel
 * does not enforce by itself. Returns when the first process is gone; what it left behind is somebody else's work.
 */
export function supervise(watch: Watch): Supervision {
  const { launched, limits, clock, signal, graceMs } = watch;
  const over = new AbortController();
  const startedMs = clock.monotonicMs();
  const timers: (() => void)[] = [];
  let stopped: StepFailure | undefined;

  const kill = () => {
    // After its end the number may belong to another process.
    if (!over.signal.aborted && !sendSignal(-launched.pid, 'SIGKILL')) sendSignal(launched.pid, 'SIGKILL');
  };
  const askThenKill = (failure: StepFailure) => {
    if (stopped) return;
    stopped = failure;
    timers.push(clock.after(graceMs, kill));
    watch.terminate().catch(kill);
  };
  const stop = (failure: StepFailure) => {
    stopped ??= failure;
    kill();
  };
  const onAbort = () => askThenKill({ class: 'cancelled', message: 'cancelled before it was done' });

  const look = async (): Promise<void> => {
    for (let waitMs = firstLookMs; !over.signal.aborted;) {
      await clock.sleep(waitMs, over.signal).catch(() => undefined);
      if (over.signal.aborted) return;
      const beganMs = clock.monotonicMs();
      const reached = await reachedLimit(watch);
      if (reached && !over.signal.aborted) return stop(reached);
      // Looking costs more the more there is; it never takes more than a tenth of the time.
      waitMs = Math.max(lookEveryMs, (clock.monotonicMs() - beganMs) * 10);
    }
  };

  const follow = async (): Promise<Ending> => {
    timers.push(
      clock.after(limits.timeoutMs, () =>
        askThenKill({ class: 'timeout', message: `ran longer than ${limits.timeoutMs} ms` }),
      ),
    );
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    launched.release();
    const looking = look().catch((error: unknown) => stop(toFailure(error)));
    const exit = await launched.exited;
    sendSignal(-launched.pid, 'SIGKILL');
    over.abort();
    signal.removeEventListener('abort', onAbort);
    for (const cancel of timers) cancel();
    const durationMs = Math.round(clock.monotonicMs() - startedMs);
    await looking;
    const { exitCode, signal: endedBy, lost } = exit;
    return { exitCode, signal: endedBy, stopped: stopped ?? lost, durationMs };
  };
  return { ended: follow(), stop };
}

async function reachedLimit(watch: Watch): Promise<StepFailure | undefined> {
  const { limits, cgroup, writable, shared } = watch;
  const hit = cgroup ? limitHit(cgroup, limits) : await limitPassed(watch);
  if (hit) return hit;
  const stray = (await shared?.strays()) ?? [];
  // Folders take room too; twice the outputs allowed leaves some for temporary files.
  const most = { bytes: limits.diskBytes, files: 2 * (limits.outputFiles ?? 10_000) };
  const use = await diskUse([...writable, ...stray], most);
  if (use.bytes > most.bytes)
    return { class: 'disk-limit', message: `wrote more than ${limits.diskBytes} bytes` };
  if (use.files > most.files)
    return {
      class: 'output-invalid',
      message: `wrote more than ${most.files} files; write fewer, or one archive`,
    };
  return undefined;
}

/** What the kernel has enforced so far. */
export function limitHit(cgroup: StepCgroup, limits: StepLimits): StepFailure | undefined {
  const { pids, outOfMemory } = cgroup.hits();
  if (outOfMemory > 0)
    return { class: 'out-of-memory', message: `needed more than ${limits.memoryBytes} bytes of memory` };
  if (pids > 0)
    return {
      class: 'process-limit',
      message: `wanted more than ${limits.pids} processes and threads at once`,
    };
  return undefined;
}

/** Without a control group: counted now and then, so a short excess goes unseen. */
async function limitPassed({
  launched,
  marker,
  limits,
  ownProcesses,
}: Watch): Promise<StepFailure | undefined> {
  const pids = [
    ...new Set([launched.pid, ...(await descendantsOf(launched.pid)), ...(await pidsWithMarker(marker))]),
  ];
  if (pids.length > limits.pids + ownProcesses)
    return { class: 'process-limit', message: `ran more than ${limits.pids} processes at once` };
  if ((await residentBytes(pids)) > limits.memoryBytes)
    return { class: 'out-of-memory', message: `held more than ${limits.memoryBytes} bytes of memory` };
  return undefined;
}
