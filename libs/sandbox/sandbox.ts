import { join } from 'node:path';
import { systemChance, DomainError, type Chance, type Clock, type FaultPoint } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import { checkStep } from './check-step.js';
import { openCgroups } from './cgroup/index.js';
import { bubblewrapLevel } from './isolation/bubblewrap-level.js';
import type { Level, LevelName } from './isolation/level.js';
import { firstUid, probeIsolation, uidCount, type IsolationProbe } from './isolation/probe.js';
import { processLevel } from './isolation/process-level.js';
import { findTool } from './isolation/tools.js';
import { locateEnvironment, type EnvironmentSpec } from './environment/index.js';
import { toFailure, type StepFailure } from './failure.js';
import { openSpareFolders } from './folder/spare-folders.js';
import { openInputCache, quarterOfDisk } from './inputs/input-cache.js';
import { isolationOf, runStep, type StepCall } from './run-step.js';
import type { Workshop } from './run-process.js';
import { openLauncher } from './process/launcher.js';
import type { StepIsolation, StepOutcome, StepSpec } from './step.js';
import { openWorkRoot } from './work-root.js';

export interface SandboxOptions {
  /** `auto` takes the strongest that works here. */
  readonly level: 'auto' | LevelName;
  /** Refuses any level that does not keep the host out of reach. */
  readonly required?: boolean;
  /** For step folders and records of running processes; used by this server alone. */
  readonly scratchDir: string;
  readonly store: ArtifactStore;
  readonly clock: Clock;
  /** Copies of large inputs kept for steps that read them again, in bytes; 0: none. Default 4 GiB, at most a quarter of the disk. */
  readonly inputCacheBytes?: number;
  /** Between asking a step to end and forcing it; default 5 s. */
  readonly graceMs?: number;
  readonly chance?: Chance;
  /** Where tests kill the process: `sandbox:laid-out`, `sandbox:recorded`, `sandbox:ended`. */
  readonly reach?: FaultPoint;
}

/** A room to run steps in, one after another or several at once. */
export interface Sandbox {
  readonly level: LevelName;
  readonly probe: IsolationProbe;
  /** How a step in this environment would be isolated here, found out ahead; or why it cannot be run. */
  isolationFor(
    environment: EnvironmentSpec,
    network: boolean,
  ): Promise<{ readonly isolation: Omit<StepIsolation, 'uid'> } | { readonly failure: StepFailure }>;
  /**
   * Runs one step to its end. Whatever goes wrong with it is in the outcome.
   * @throws STEP_INVALID for a specification that could not be run anywhere; SANDBOX_CLOSED
   */
  runStep(spec: StepSpec, call?: Partial<StepCall>): Promise<StepOutcome>;
  /** Cancels what runs and waits for its end. */
  close(): Promise<void>;
}

/**
 * Opens the strongest sandbox that was asked for and works here. {@link endOrphans} comes first after a start.
 * @throws SANDBOX_UNAVAILABLE when the host does not offer the level, with what to install; SCRATCH_UNSAFE
 */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const {
    scratchDir,
    store,
    clock,
    chance = systemChance,
    inputCacheBytes = 4 * 2 ** 30,
    graceMs = 5_000,
    reach = () => undefined,
  } = options;
  const probe = await probeIsolation();
  const name = chooseLevel(options, probe);
  const drops = probe.unprivilegedUser.available;
  const root = await openWorkRoot(scratchDir, drops && name === 'process');
  const [level, cgroups] = await Promise.all([openLevel(name, root.runtime), openCgroups()]);
  const inputBytes = Math.min(inputCacheBytes, await quarterOfDisk(root.steps));
  // A bubblewrap of another user's, set-uid, would gain no rights; what it starts gains none by itself.
  const launcher = openLauncher(name === 'process' ? await findTool('setpriv') : undefined);
  const inputs = openInputCache(join(root.inputs, chance.uuid()), store, clock, inputBytes);
  const spare = openSpareFolders(join(root.spare, chance.uuid()));
  const workshop: Workshop = {
    ...{ level, cgroups, launcher, store, inputs, spare },
    ...{ clock, scratchDir, graceMs, reach },
  };
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();

  return {
    level: name,
    probe,
    async isolationFor(environment, network) {
      try {
        const uid = await level.userFor(await locateEnvironment(environment), drops ? firstUid : null);
        const { uid: _, ...isolation } = isolationOf(uid, network, workshop);
        return { isolation };
      } catch (error) {
        return { failure: toFailure(error) };
      }
    },
    async runStep(spec, { signal, onOutput } = {}) {
      if (closing.signal.aborted)
        throw new DomainError('unavailable', 'SANDBOX_CLOSED', 'the sandbox is closed');
      checkStep(spec);
      const step = { id: chance.uuid(), uid: drops ? drawUid(chance) : null, steps: root.steps };
      const either = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
      const run = runStep(step, spec, workshop, { signal: either, ...(onOutput ? { onOutput } : {}) });
      running.add(run);
      return run.finally(() => running.delete(run));
    },
    async close() {
      closing.abort();
      await Promise.allSettled(running);
      await launcher.close();
      await inputs.close();
      await spare.close();
      await root.close();
    },
  };
}

function chooseLevel({ level, required = false }: SandboxOptions, probe: IsolationProbe): LevelName {
  const wanted = level === 'auto' ? (required ? 'bubblewrap' : probe.best) : level;
  if (wanted === 'process' && required)
    throw unavailable('level process does not isolate, and isolation is required; use bubblewrap');
  const finding = probe[wanted ?? 'process'];
  if (wanted === null || !finding.available)
    throw unavailable(finding.available ? 'no level works here' : finding.why);
  return wanted;
}

const unavailable = (why: string): DomainError =>
  new DomainError('unavailable', 'SANDBOX_UNAVAILABLE', `steps cannot be isolated as asked: ${why}`);

async function openLevel(name: LevelName, runtimeDir: string): Promise<Level> {
  const setpriv = await findTool('setpriv');
  if (name === 'process') return processLevel({ setpriv, runtimeDir });
  return bubblewrapLevel({ bwrap: (await findTool('bwrap')) ?? 'bwrap', setpriv });
}

/** So many that two steps, of whatever server on this host, do not meet. */
const drawUid = (chance: Chance): number =>
  firstUid + (Buffer.from(chance.bytes(4)).readUInt32BE() % uidCount);
