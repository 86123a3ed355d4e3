import { isDomainError, type Clock } from '#kernel';
import type { Connection, ServiceName } from '#rpc';
import type { scheduler } from '#contracts';
import { duration, nounOf } from '../output/units.js';
import { allParked, type ServiceParked } from '../view/parked.js';
import { allProjections, type ServiceProjection } from '../view/projections.js';
import { version } from '../version.js';
import {
  isFarBehind,
  isOneProcess,
  partFindings,
  queueFindings,
  reactorFindings,
  signingKeyFindings,
  type Diagnoses,
} from './check-parts.js';
import { fail, ok, warn, type Finding } from './finding.js';

const services: readonly ServiceName[] = ['registry', 'scheduler', 'executor', 'provenance', 'auditor'];

/** Whether a server answers, each service in it, how far their read models are, and who runs steps. */
export async function checkServer(
  open: () => Promise<Connection>,
  where: () => string,
  clock: Clock,
): Promise<Finding[]> {
  const started = clock.monotonicMs();
  let connection: Connection;
  try {
    connection = await open();
  } catch (error) {
    return [fail('server', said(error), 'mend what it says, then `holdfast up`')];
  }
  const health = await Promise.all(services.map((service) => healthOf(connection, service)));
  const found = `${where()}, ready after ${duration(clock.monotonicMs() - started)}`;
  const unreachable = health.every(({ level }) => level === 'fail');
  if (unreachable) return [fail('server', where(), 'start one: `holdfast up`; or mend --server'), ...health];
  const diagnoses = await allDiagnoses(connection);
  return [
    ok('server', found),
    ...health,
    ...partFindings(diagnoses),
    ...(await readModels(connection)),
    ...reactorFindings(diagnoses),
    ...signingKeyFindings(diagnoses),
    ...parkedFindings(await allParked(connection)),
    ...(await deadLetters(connection)),
    ...queueFindings(diagnoses),
    ...(await executors(connection, isOneProcess(diagnoses))),
  ];
}

/** Of those that answer; one of an older release does not know the question. */
async function allDiagnoses(connection: Connection): Promise<Diagnoses> {
  const options = { repeatable: true, retryForMs: 0, deadlineMs: 10_000 };
  const answers = await Promise.all(
    services.map((service) =>
      connection[service].diagnose({}, options).then(
        ({ diagnosis }) => (diagnosis === undefined ? [] : [[service, diagnosis] as const]),
        () => [],
      ),
    ),
  );
  return new Map(answers.flat());
}

async function healthOf(connection: Connection, service: ServiceName): Promise<Finding> {
  try {
    const status = await connection.health(service);
    if (status === 'serving') return ok(service, 'serving');
    // With an address for each service there is none for executors, which may be many.
    if (status === 'unknown' && service === 'executor')
      return ok(service, 'known by the scheduler, see below');
    return status === 'not-serving'
      ? warn(service, 'not ready yet', 'wait; when it stays so, its log and /readyz say what it waits for')
      : fail(service, 'not hosted there', 'give the address that serves all five, or start this service');
  } catch (error) {
    return fail(service, said(error), 'start it, or mend --server');
  }
}

async function readModels(connection: Connection): Promise<Finding[]> {
  const { projections, failed } = await allProjections(connection);
  const behind = projections.filter(
    (model) => (model.state !== 'live' && model.state !== 'following') || isFarBehind(model),
  );
  const silent = failed.map(({ service, error }) =>
    fail('read models', `${service}: ${said(error)}`, 'see the log of the service'),
  );
  if (behind.length > 0) return [...behind.map(modelFinding), ...silent];
  const total = nounOf(projections.length, 'read model');
  return projections.length === 0 ? silent : [ok('read models', `${total}, all live`), ...silent];
}

function modelFinding(model: ServiceProjection): Finding {
  const { service, name, state, events, error, lagEvents = 0, lagSeconds = 0 } = model;
  const late = isFarBehind(model)
    ? `, ${nounOf(lagEvents, 'event')} behind, the oldest of ${duration(lagSeconds * 1000)} ago`
    : '';
  const found = `${service}/${name} is ${state} after ${nounOf(events, 'event')}${late}${error ? `: ${error}` : ''}`;
  return state === 'failed'
    ? fail('read models', found, `\`holdfast projections rebuild ${service}/${name}\`; it keeps what it had`)
    : warn('read models', found, 'wait: queries are answered from what is there');
}

/** One finding for what was put aside by one reactor for one reason. */
export function parkedFindings(parked: readonly ServiceParked[]): Finding[] {
  const groups = Map.groupBy(parked, ({ service, reactor, reason }) => `${service}/${reactor}: ${reason}`);
  const fix = 'mend what it says, then `holdfast doctor --retry-parked`; nothing is lost until then';
  return [...groups].map(([why, events]) => {
    const [first] = events;
    const found = `${nounOf(events.length, 'event')} put aside by ${why} (first: ${first?.type} of ${first?.stream})`;
    return warn('put aside', found, fix);
  });
}

async function executors(connection: Connection, oneProcess: boolean): Promise<Finding[]> {
  try {
    const { executors: found } = await connection.scheduler.listExecutors(
      { pageSize: 1000, pageToken: '' },
      { repeatable: true, retryForMs: 2_000 },
    );
    return executorFindings(found, oneProcess);
  } catch (error) {
    return [fail('executors', said(error), 'see the log of the scheduler')];
  }
}

/** Of a bus that does not answer the engines tell; an older release does not know the question. */
async function deadLetters(connection: Connection): Promise<Finding[]> {
  const options = { repeatable: true, retryForMs: 0, deadlineMs: 10_000 };
  const answer = await connection.scheduler.listDeadLetters({}, options).catch(() => undefined);
  return deadLetterFindings(answer?.deadLetters ?? []);
}

export const deadLetterFindings = (all: readonly scheduler.DeadLetters[]): Finding[] =>
  all.map(({ topic, messages, newestReason }) => {
    const why = newestReason === undefined ? '' : `; the newest because: ${newestReason}`;
    const found = `${nounOf(messages, 'message')} of ${topic} could not be taken${why}`;
    const fix = `mend what it says, then \`holdfast dead-letters replay ${topic} --reason …\``;
    return warn('dead letters', found, fix);
  });

type Executor = Pick<scheduler.ExecutorInfo, 'mode' | 'slots' | 'id' | 'isolation' | 'release'>;

/** @param oneProcess all executors are in the server; others were in one that was killed, or in the installation that this one is a copy of */
export function executorFindings(all: readonly Executor[], oneProcess = false): Finding[] {
  const gone = oneProcess ? ['left', 'silent'] : ['left'];
  const joined = all.filter(({ mode }) => !gone.includes(mode));
  const active = joined.filter(({ mode }) => mode === 'active');
  const silent = joined
    .filter(({ mode }) => mode === 'silent')
    .map(({ id }) =>
      warn('executors', `${id} is silent`, 'look whether its process lives and reaches the scheduler'),
    );
  const others = active
    .filter(({ release }) => release !== version)
    .map(({ id, release }) =>
      warn('executors', `${id} is of release ${release}, this is ${version}`, 'let all be of one release'),
    );
  return [activeFinding(active, joined.length > 0), ...silent, ...others];
}

function activeFinding(active: readonly Executor[], some: boolean): Finding {
  if (active.length === 0) {
    const fix = some ? '`holdfast uncordon EXECUTOR --reason …`, or start another' : 'start one';
    return warn('executors', 'none takes runs', fix);
  }
  const slots = active.reduce((sum, executor) => sum + executor.slots, 0);
  const levels = [...new Set(active.map(({ isolation }) => isolation[0] ?? 'none'))].join(', ');
  const found = `${nounOf(active.length, 'executor')}, ${nounOf(slots, 'slot')}, isolation ${levels}`;
  return ok('executors', found);
}

const said = (error: unknown): string =>
  isDomainError(error) ? `${error.code}  ${error.message}` : (error as Error).message;
