import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { toFailure, type StepFailure } from './failure.js';
import { checkEnvironment } from './environment/index.js';
import { materialise } from './folder/materialise.js';
import { brokenSeals, sealInputs, unsealFolders, type Seal } from './folder/seal.js';
import { removeFolder } from './folder/remove-folder.js';
import type { SpareFolders } from './folder/spare-folders.js';
import { createStepFolder, type StepFolder } from './folder/step-folder.js';
import type { Loan } from './inputs/input-cache.js';
import type { StepPlace } from './isolation/level.js';
import { diskUse } from './process/disk-use.js';
import { watchPublicFolders, type PublicFolders } from './process/public-folders.js';
import { collectOutputs, type Collected } from './result/collect-outputs.js';
import { emptyOnce } from './result/empty-once.js';
import { readMetrics } from './result/read-metrics.js';
import { secretBytes } from './result/secret-bytes.js';
import { checkCommand, commandOf } from './resolve-command.js';
import {
  abandonProcess,
  holdProcess,
  runProcess,
  type OutputPiece,
  type Ran,
  type Workshop,
} from './run-process.js';
import type { LogBlob, StepIsolation, StepMetrics, StepOutcome, StepSpec } from './step.js';

export interface StepCall {
  /** Aborting it asks the step to end (SIGTERM), and forces it after the grace. */
  readonly signal: AbortSignal;
  /** Sees stdout and stderr as they come, as far as they are kept. */
  readonly onOutput?: (piece: OutputPiece) => void;
}

/** After these, what lies in `outputs/` is not worth keeping, or cannot be. */
const notCollected = new Set([
  ...['cancelled', 'disk-limit', 'storage-full', 'storage-unreachable', 'internal', 'sandbox-unavailable'],
]);

/**
 * The life of one step: check the environment → lay out and seal, start as far as the gate → run → verify → collect → clean.
 * Every fault of the step, the host or the store comes back as an outcome.
 */
export async function runStep(
  step: { readonly id: string; readonly uid: number | null; readonly steps: string },
  spec: StepSpec,
  shop: Workshop,
  call: StepCall,
): Promise<StepOutcome> {
  const workshop = { ...shop, store: emptyOnce(shop.store) };
  let uid = step.uid;
  let folder: StepFolder | undefined;
  let loan: Loan | undefined;
  let outcome: StepOutcome;
  try {
    if (call.signal.aborted)
      return await notRun({ class: 'cancelled', message: 'cancelled before it began' });
    const environment = await checkEnvironment(spec.environment);
    uid = await workshop.level.userFor(environment, step.uid);
    mkdirSync(step.steps, { recursive: true });
    folder = createStepFolder(join(step.steps, step.id), uid, workshop.spare);
    const couldWrite = uid === null && workshop.level.name === 'process';
    if (!couldWrite) loan = workshop.inputs.lend();
    const where = { spec, folder, environment, uid };
    const place = { ...where, paths: workshop.level.pathsOf(where) };
    // The kernel takes its time to put a process into a control group; the folder is laid out meanwhile.
    const holding = holdProcess(step.id, place, commandOf(place), workshop);
    const laying = layOut(place, loan, couldWrite, workshop);
    const [held, seal] = await Promise.all([holding, laying]).catch(async (error: unknown) => {
      const [waiting] = await Promise.allSettled([holding, laying]);
      if (waiting.status === 'fulfilled') await abandonProcess(waiting.value, workshop);
      throw error;
    });
    workshop.reach('sandbox:laid-out');
    const shared = uid !== null && workshop.level.name === 'process' ? watchPublicFolders(uid) : undefined;
    const ran = await runProcess(held, place, workshop, { ...call, shared });
    const assessed = await assess(ran, seal, folder, shared, spec, workshop);
    // Logs, metrics and outputs together, while the folder goes.
    const settling = workshop.store.settle();
    settling.catch(() => undefined);
    await clean(folder, loan, uid === null || assessed.status === 'failed' ? undefined : workshop.spare);
    folder = undefined;
    await settling;
    outcome = { ...assessed, isolation: isolationOf(uid, spec.network, workshop) };
  } catch (error) {
    outcome = await notRun(toFailure(error));
  } finally {
    if (folder) await clean(folder, loan);
  }
  return outcome;

  async function notRun(failure: StepFailure): Promise<StepOutcome> {
    // What cannot be kept now is known all the same.
    await workshop.store.put(new Uint8Array()).catch(() => undefined);
    const log: LogBlob = { ...emptyBlob, totalBytes: 0, truncated: false };
    const nothing = { outputs: [], undeclared: [], undeclaredOmitted: 0, usage: { durationMs: 0 } };
    const metrics: StepMetrics = { ...emptyBlob, summary: [] };
    const isolation = isolationOf(uid, spec.network, workshop);
    return { status: 'failed', failure, ...nothing, stdout: log, stderr: log, metrics, isolation };
  }
}

/** Everything that the step may read, sealed. */
async function layOut(
  place: StepPlace,
  loan: Loan | undefined,
  couldWrite: boolean,
  { store, level }: Workshop,
): Promise<Seal> {
  const laidOut = await materialise(place.spec, place.folder, { store, loan });
  await level.prepare(place);
  checkCommand(place);
  return sealInputs(place.folder, { hashed: couldWrite ? laidOut : undefined, loan });
}

async function assess(
  ran: Ran,
  seal: Seal,
  folder: StepFolder,
  shared: PublicFolders | undefined,
  spec: StepSpec,
  { store }: Workshop,
) {
  const tampered = await tampering(seal, folder, shared);
  const own = ran.failure ?? tampered ?? (await ownFailure(ran, folder, spec));
  const { metrics, failure: badMetrics } = await readMetrics(
    folder.metrics,
    store,
    secretBytes(spec.secrets),
  );
  const collected = await collect(own, folder, spec, store);
  const failure = own ?? collected.failure ?? badMetrics;
  const { outputs, undeclared, undeclaredOmitted } = collected;
  return {
    ...(failure === undefined ? { status: 'completed' as const } : { status: 'failed' as const, failure }),
    ...(ran.exitCode === null ? {} : { exitCode: ran.exitCode }),
    ...(ran.signal === null ? {} : { signal: ran.signal }),
    ...{ outputs, undeclared, undeclaredOmitted, metrics },
    ...{ stdout: ran.stdout, stderr: ran.stderr, usage: ran.usage },
  };
}

/** Inputs that are no longer what they were, and files in folders of the host that everyone may write to. */
async function tampering(
  seal: Seal,
  folder: StepFolder,
  shared: PublicFolders | undefined,
): Promise<StepFailure | undefined> {
  const strays = (await shared?.strays()) ?? [];
  for (const path of strays) await removeFolder(path);
  const broken = await brokenSeals(folder, seal).catch(() => ['the working folder']);
  if (broken.length > 0)
    return { class: 'input-changed', message: `changed while the step ran: ${broken.join(', ')}` };
  if (strays.length > 0)
    return {
      class: 'wrote-outside',
      message: `left outside its folder, now removed: ${strays.slice(0, 10).join(', ')}`,
    };
  return undefined;
}

/** How the command itself ended. */
async function ownFailure(
  { exitCode, signal, began, onFullDisk }: Ran,
  folder: StepFolder,
  { limits }: StepSpec,
): Promise<StepFailure | undefined> {
  if (!began)
    return {
      class: 'sandbox-unavailable',
      message: 'bubblewrap could not set up the sandbox; stderr says why',
    };
  if (exitCode === 0) return undefined;
  // Node and Python ignore the signal and see a failed write instead, with a status of their own.
  const { bytes } = await diskUse([folder.outputs, folder.tmp, folder.metrics], {
    bytes: Infinity,
    files: 100_000,
  });
  if (signal === 'SIGXFSZ' || bytes >= limits.diskBytes)
    return { class: 'disk-limit', message: `wrote ${limits.diskBytes} bytes, which is all it may` };
  if (onFullDisk)
    return {
      class: 'storage-full',
      message: `ended by ${signal ?? `status ${exitCode}`} on a disk without room`,
    };
  if (signal !== null) return { class: 'signalled', message: `ended by ${signal}` };
  return { class: 'command-failed', message: `exited with status ${exitCode}` };
}

/** What cannot be kept counts only when nothing else went wrong before. */
async function collect(
  own: StepFailure | undefined,
  folder: StepFolder,
  { outputs, limits, secrets }: StepSpec,
  store: Workshop['store'],
): Promise<Collected> {
  const nothing = { outputs: [], undeclared: [], undeclaredOmitted: 0, failure: undefined };
  if (own && notCollected.has(own.class)) return nothing;
  try {
    const most = {
      files: limits.outputFiles ?? 10_000,
      undeclared: limits.undeclaredFiles ?? 1_000,
      bytes: limits.diskBytes,
    };
    return await collectOutputs(folder.outputs, outputs, store, most, secretBytes(secrets));
  } catch (error) {
    return { ...nothing, failure: toFailure(error) };
  }
}

/** @param spare for a folder with which all went well */
async function clean(folder: StepFolder, loan: Loan | undefined, spare?: SpareFolders): Promise<void> {
  await unsealFolders(folder);
  loan?.giveBack();
  if (!(await spare?.keep(folder))) await removeFolder(folder.root);
}

const emptyBlob = {
  digest: 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' as LogBlob['digest'],
  sizeBytes: 0,
};

/** @param uid null for this server's own user */
export function isolationOf(
  uid: number | null,
  network: boolean,
  { level, cgroups }: Pick<Workshop, 'level' | 'cgroups'>,
): StepIsolation {
  const isolated = level.name === 'bubblewrap';
  return {
    level: level.name,
    isolated,
    uid: uid ?? process.getuid?.() ?? 0,
    ownUid: uid === null,
    cgroup: cgroups?.controllers ?? [],
    network: !isolated ? 'not-restricted' : network ? 'host' : 'none',
    noNewPrivileges: level.noNewPrivileges,
  };
}
