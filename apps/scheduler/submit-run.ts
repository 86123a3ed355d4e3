import { assertNoProblems, DomainError, isDomainError, type Problem } from '#kernel';
import { digestBytes, nameId } from '#evidence';
import { stepOrder } from '#domain/manifest';
import { run, runStream, type Admission, type RunCommand } from '#domain/run';
import { carriedOut, positionToken, type CommandContext } from '#runtime';
import { assertRoom } from './quotas.js';
import { resolveRun, type Resolution } from './resolve-run.js';
import { checkRequest, type CheckedRequest, type RunRequest } from './run-request.js';
import { runProjection, type RunDocument } from './run.projection.js';
import { decoders, type Scheduler } from './scheduler.js';
import { runOf, toldEvents } from './told-events.js';

export interface SubmittedRun {
  /** Status `rejected` with every problem when admission refused. */
  readonly run: RunDocument;
  /** False when the command had made this run before. */
  readonly created: boolean;
  readonly position: string;
}

/** One command is one run. */
export const runIdOf = ({ commandId }: Pick<CommandContext, 'commandId'>): string => nameId('run', commandId);

/**
 * Records a run with what admission says of it, in one append. A request that is wrong in itself records nothing; everything
 * that is wrong with it and with what it asks for is told together.
 * @throws QUEUE_FULL, NOT_READY, RUN_REQUEST_INVALID, BLUEPRINT_NOT_FOUND, MANIFEST_NOT_FOUND, IDEMPOTENCY_KEY_REUSED
 */
export async function submitRun(
  scheduler: Scheduler,
  request: RunRequest,
  context: CommandContext,
): Promise<SubmittedRun> {
  const stream = runStream(runIdOf(context));
  const checked = checkRequest(request);
  // Mostly it is new. What a first submission came to is the answer to every other one, whatever is so now.
  const first = await begin(scheduler, request, checked, context).catch((error: unknown) => error as Error);
  if (first !== undefined && !(first instanceof Error)) return first;
  const { state } = await scheduler.runs.load(stream);
  if (state.status === 'absent' || state.status === 'submitted') {
    countRefused(scheduler, first);
    throw first ?? new Error('a run that was submitted is there');
  }
  if (![checked.digest, checked.digestBefore()].includes(state.requestDigest)) {
    assertNoProblems(checked.problems, 'RUN_REQUEST_INVALID');
    throw new DomainError(
      'already-exists',
      'IDEMPOTENCY_KEY_REUSED',
      'this idempotency key was used for another request; take a new one',
    );
  }
  return { ...(await submittedBefore(scheduler, context)), created: false };
}

/** Undefined when the command had been carried out before. */
async function begin(
  scheduler: Scheduler,
  request: RunRequest,
  checked: CheckedRequest,
  context: CommandContext,
): Promise<SubmittedRun | undefined> {
  const { runs, runtime, present, wakeUps } = scheduler;
  const stream = runStream(runIdOf(context));
  const resolution = await resolved(scheduler, request, checked, context);
  const command = submission(request, checked, resolution, context);
  if (resolution.manifest !== undefined) assertRoom(present, command.submission.namespace, scheduler.config);
  if (resolution.manifest !== undefined) await runtime.engines.artifacts.put(resolution.manifest.bytes);
  const { events, revision, position } = await runs.execute(stream, command, context, true);
  if (events.length === 0) return undefined;
  const told = toldEvents(stream, events, revision, context);
  present.take(told);
  wakeUps.wake(command.submission.pool);
  return { run: runOf(told), created: true, position: positionToken(position) };
}

/** Where there was no room, or nobody knew yet. A repeat of what was taken in before is answered, whatever is so now, and does not count. */
function countRefused({ instruments }: Scheduler, error: Error | undefined): void {
  if (isDomainError(error) && (error.code === 'QUEUE_FULL' || error.code === 'NOT_READY'))
    instruments.meter.count('holdfast_refused_runs_total', { code: error.code });
}

async function submittedBefore({ runtime }: Scheduler, context: CommandContext) {
  const { eventStore } = runtime.engines;
  const stream = runStream(runIdOf(context));
  const { documents, position } = await carriedOut(
    eventStore,
    runProjection,
    stream,
    context.commandId,
    decoders,
  );
  const [document] = documents;
  if (document === undefined) throw new Error('a run that was submitted is there');
  return { run: document, position };
}

/** What admission would say; nothing is recorded. @throws as {@link submitRun} */
export async function tryRun(
  scheduler: Scheduler,
  request: RunRequest,
  context: CommandContext,
): Promise<RunDocument> {
  const checked = checkRequest(request);
  const resolution = await resolved(scheduler, request, checked, context);
  const events = run.decide(submission(request, checked, resolution, context), run.initial);
  return runOf(toldEvents(runStream(runIdOf(context)), events, events.length - 1, context));
}

async function resolved(
  scheduler: Scheduler,
  request: RunRequest,
  { problems }: CheckedRequest,
  context: CommandContext,
): Promise<Resolution> {
  const { what } = request;
  const unreadable = problems.some(({ field }) => field.startsWith('overrides'));
  const overrides = unreadable ? new Uint8Array() : request.overrides;
  const namespace = problems.some(({ field }) => field === 'namespace') ? '' : request.namespace;
  const askable = what !== undefined && !problems.some(({ field }) => field === what.$case);
  const asked = askable
    ? await resolveRun(scheduler, { ...request, overrides, namespace }, what, context).catch(
        (error: unknown) => error,
      )
    : undefined;
  if (asked instanceof Error && (problems.length === 0 || !isAboutRequest(asked))) throw asked;
  const others = isDomainError(asked)
    ? problemsIn(asked)
    : ((asked as Resolution | undefined)?.problems ?? []);
  if (problems.length > 0) assertNoProblems([...problems, ...others], 'RUN_REQUEST_INVALID');
  return asked as Resolution;
}

const isAboutRequest = (error: unknown): boolean =>
  isDomainError(error) && (error.kind === 'invalid' || error.kind === 'not-found');

const problemsIn = ({ code, message, problems }: DomainError): readonly Problem[] =>
  problems.length > 0 ? problems : [{ code, field: 'blueprint', message }];

function submission(
  request: RunRequest,
  { overrides, digest }: CheckedRequest,
  { namespace, blueprint, manifest, problems }: Resolution,
  { receivedAt: at }: CommandContext,
): Extract<RunCommand, { type: 'SubmitRun' }> {
  const { pool, priority, reproductionOf, sweep } = request;
  return {
    type: 'SubmitRun',
    submission: {
      namespace: request.namespace || namespace,
      blueprint,
      requestDigest: digest,
      knobs: manifest?.content.pinned.knobs ?? overrides,
      pool: pool ?? manifest?.content.declared.pool ?? 'default',
      priority,
      ...(sweep === undefined ? {} : { sweep }),
      ...(reproductionOf === undefined ? {} : { reproductionOf }),
    },
    admission: manifest === undefined ? { problems } : admission(manifest),
    at,
  };
}

function admission({ content, bytes, key }: NonNullable<Resolution['manifest']>): Admission {
  const { declared, pinned } = content;
  return {
    manifest: digestBytes(bytes),
    reproducibilityKey: key,
    stepsTotal: stepOrder(content).length,
    retry: declared.retry,
    placement: {
      labels: declared.labels,
      architecture: pinned.architecture,
      isolation: pinned.isolation,
    },
  };
}
