import { text } from 'node:stream/consumers';
import type { Clock, FaultPoint } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import { removeGroups, type Cgroups, type StepCgroup } from './cgroup/index.js';
import { StepFailed, toFailure, type StepFailure } from './failure.js';
import type { SpareFolders } from './folder/spare-folders.js';
import type { InputCache } from './inputs/input-cache.js';
import type { Level, StepPlace } from './isolation/level.js';
import { removeRecord, writeRecord, type ChildRecord } from './process/child-record.js';
import { isFull } from './process/disk-use.js';
import { endProcesses } from './process/end-processes.js';
import { hearOut } from './process/hear-out.js';
import type { Launched, Ulimits } from './process/launch.js';
import type { Launcher } from './process/launcher.js';
import { sendSignal, threadsOfUid } from './process/proc.js';
import type { PublicFolders } from './process/public-folders.js';
import { limitHit, supervise } from './process/supervise.js';
import { captureLog } from './result/capture-log.js';
import { folderBytes, secretBytes } from './result/secret-bytes.js';
import type { LogBlob, StepUsage } from './step.js';
import { stepVariables } from './variables.js';

export interface OutputPiece {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/** What the machinery around a step consists of. */
export interface Workshop {
  readonly level: Level;
  readonly cgroups: Cgroups | undefined;
  readonly launcher: Launcher;
  readonly store: ArtifactStore;
  readonly inputs: InputCache;
  readonly spare: SpareFolders;
  readonly clock: Clock;
  readonly scratchDir: string;
  readonly graceMs: number;
  readonly reach: FaultPoint;
}

export interface Ran {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly began: boolean;
  /** There was nothing left to write on when it ended: what it ended of is not its own fault. */
  readonly onFullDisk: boolean;
  /** Why it did not run to its own end, or what limit it reached before that. */
  readonly failure: StepFailure | undefined;
  readonly stdout: LogBlob;
  readonly stderr: LogBlob;
  readonly usage: StepUsage;
}

const logBytes = 16 * 2 ** 20;
const openFiles = 4096;

interface RunCall {
  readonly signal: AbortSignal;
  readonly onOutput?: ((piece: OutputPiece) => void) | undefined;
  /** Folders of the host that the step could write to, as a user that is its alone. */
  readonly shared: PublicFolders | undefined;
}

/** A process of a step that waits at its gate, recorded and in its control group. */
export interface Held {
  readonly launched: Launched;
  readonly record: ChildRecord;
  readonly group: StepCgroup | undefined;
}

/** Starts the command as far as its gate: of the folder it needs no more than that it is there. */
export async function holdProcess(
  id: string,
  place: StepPlace,
  command: readonly string[],
  { level, cgroups, launcher, clock, scratchDir, reach }: Workshop,
): Promise<Held> {
  const { limits } = place.spec;
  const pids = limits.pids + level.ownProcesses;
  const group = await cgroups?.create(`holdfast-${id}`, { ...limits, pids });
  try {
    const launched = await launcher.launch({
      ...level.wrap(place, command),
      env: stepVariables(place.spec, place.paths),
      ulimits: await ulimitsFor(place, pids, group !== undefined),
      entrances: group?.entrances ?? [],
    });
    const record = await admit(id, launched, place, group, { scratchDir, reach });
    return { launched, record, group };
  } catch (error) {
    if (group) await removeGroups(group.folders, clock);
    throw error;
  }
}

/** Ends a process that is not to be let go. */
export async function abandonProcess(
  { launched, record, group }: Held,
  { clock, scratchDir }: Workshop,
): Promise<void> {
  sendSignal(-launched.pid, 'SIGKILL');
  await launched.exited;
  closeEnds(launched);
  if (group) await removeGroups(group.folders, clock);
  removeRecord(scratchDir, record.id);
}

const endsOf = ({ stdout, stderr, report }: Launched) => [stdout, stderr, report];
/** An end that is not read to its last byte would stay open as long as this server lives. */
const closeEnds = (launched: Launched): void => endsOf(launched).forEach((end) => end.destroy());

/** Lets the command go, follows it to its end, and sees to it that nothing of it is left. */
export async function runProcess(
  held: Held,
  place: StepPlace,
  workshop: Workshop,
  call: RunCall,
): Promise<Ran> {
  try {
    return await follow(held, place, workshop, call);
  } finally {
    closeEnds(held.launched);
    if (held.group) await removeGroups(held.group.folders, workshop.clock);
  }
}

/** Records the waiting process and puts it into its control group, before it is let go. */
async function admit(
  id: string,
  launched: Launched,
  { uid, folder }: StepPlace,
  group: StepCgroup | undefined,
  { scratchDir, reach }: Pick<Workshop, 'scratchDir' | 'reach'>,
): Promise<ChildRecord> {
  const { pid, startTime } = launched;
  const cgroups = group?.folders ?? [];
  try {
    const where = { id, pid, startTime, uid, marker: folder.root, cgroups, folder: folder.root };
    const record = writeRecord(scratchDir, where);
    reach('sandbox:recorded');
    await group?.add(pid);
    return record;
  } catch (error) {
    sendSignal(-pid, 'SIGKILL');
    await launched.exited;
    closeEnds(launched);
    removeRecord(scratchDir, id);
    throw error;
  }
}

async function follow(
  { launched, record, group }: Held,
  place: StepPlace,
  { level, store, clock, scratchDir, graceMs, reach }: Workshop,
  { signal, onOutput, shared }: RunCall,
): Promise<Ran> {
  const { limits } = place.spec;
  const secrets = [...secretBytes(place.spec.secrets), folderBytes(place.folder.root)];
  const capture = (stream: 'stdout' | 'stderr') => {
    const show = (bytes: Uint8Array) => onOutput?.({ stream, bytes });
    return captureLog(launched[stream], store, limits.logBytes ?? logBytes, show, secrets);
  };
  const logs = [capture('stdout'), capture('stderr')] as const;
  const report = text(launched.report).catch(() => '');

  const supervision = supervise({
    launched,
    limits,
    cgroup: group,
    ownProcesses: level.ownProcesses,
    marker: record.marker,
    shared,
    writable: [place.folder.outputs, place.folder.tmp, place.folder.metrics],
    clock,
    signal,
    graceMs,
    terminate: () => level.terminate(launched),
  });
  for (const log of logs) log.catch((error: unknown) => supervision.stop(toFailure(error)));

  const ending = await supervision.ended;
  // At once: its neighbours may leave room a moment later.
  const onFullDisk = isFull(place.folder.outputs);
  // Before ending what is left behind: that makes forks fail too.
  const hit = group && limitHit(group, limits);
  if (!(await endProcesses(record, clock)))
    throw new StepFailed(
      'internal',
      `processes of the step could not be ended; they are recorded as ${record.id}`,
    );
  reach('sandbox:ended');
  removeRecord(scratchDir, record.id);
  const usage = { durationMs: ending.durationMs, ...group?.usage() };
  const heardOut = hearOut(endsOf(launched), clock);
  const [stdout, stderr] = await Promise.all(logs).finally(heardOut);
  const exit = level.readExit(ending, await report);
  return { ...exit, onFullDisk, failure: ending.stopped ?? hit, stdout, stderr, usage };
}

/** The control group reports when it refuses a process, so it must be the first to; alone, the user's limit is exact. */
async function ulimitsFor({ spec, uid }: StepPlace, pids: number, inGroup: boolean): Promise<Ulimits> {
  const others = uid === null ? await threadsOfUid(process.getuid?.() ?? 0) : 0;
  return { fileBytes: spec.limits.diskBytes, threads: others + (inGroup ? pids * 2 : pids), openFiles };
}
