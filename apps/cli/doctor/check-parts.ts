import { keyFingerprint, parseVerifierKey } from '#evidence';
import type { common } from '#contracts';
import type { ServiceName } from '#rpc';
import { duration, nounOf } from '../output/units.js';
import { fail, ok, warn, type Finding } from './finding.js';

/** What services say of themselves, by name. */
export type Diagnoses = ReadonlyMap<ServiceName, common.Diagnosis>;

interface Engine {
  readonly setting: string;
  /** What happens without it, and what to do. */
  readonly without: string;
}

const engines: Readonly<Record<string, Engine>> = {
  'event-store': {
    setting: 'HOLDFAST_EVENT_STORE',
    without: 'nothing is recorded and nothing lost until it is back; services go on by themselves',
  },
  'read-store': {
    setting: 'HOLDFAST_READ_STORE',
    without: 'queries fail until it is back; if it lost its data, read models are rebuilt by themselves',
  },
  'message-bus': {
    setting: 'HOLDFAST_MESSAGE_BUS',
    without: 'work begins later and nobody outside hears of it; relays catch up when it is back',
  },
  'artifact-store': {
    setting: 'HOLDFAST_ARTIFACT_STORE',
    without: 'runs can neither be submitted nor carried out until it is back',
  },
};

const engineOf = (part: string): Engine | undefined => engines[part.slice(part.lastIndexOf(':') + 1)];

/** One finding for each part that is not ready, with the services that need it; one for all engines when they answer. */
export function partFindings(diagnoses: Diagnoses): Finding[] {
  const all = [...diagnoses].flatMap(([service, { parts }]) => parts.map((part) => ({ service, ...part })));
  const bad = Map.groupBy(
    all.filter(({ ready }) => !ready),
    ({ part, because }) => `${part} ${because}`,
  );
  const findings = [...bad.values()].map((same) => {
    const [{ part, engine, because } = { part: '', engine: '', because: '' }] = same;
    const forMs = Math.max(...same.map((one) => one.forMs));
    const known = engineOf(part);
    const which = known === undefined ? part : `${part} (${engine})`;
    const needs = [...new Set(same.map(({ service }) => service))].join(', ');
    const found = `${which} ${because}, for ${duration(forMs)}; needed by ${needs}`;
    if (known === undefined)
      return warn(part, found, 'wait; when it stays so, the log of the service says why');
    return fail('engines', found, `start it, or mend ${known.setting} and the network; ${known.without}`);
  });
  const there = new Set(all.filter(({ part, ready }) => ready && engineOf(part)).map(engineText));
  return findings.some(({ check }) => check === 'engines') || there.size === 0
    ? findings
    : [ok('engines', `${[...there].sort().join(', ')} answer`), ...findings];
}

/** Whether the bus is in the process that answers, so that nothing outside is part of the installation. */
export const isOneProcess = (diagnoses: Diagnoses): boolean =>
  [...diagnoses.values()].some(({ parts }) =>
    parts.some(({ part, engine }) => part.endsWith('message-bus') && engine === 'memory'),
  );

const engineText = ({ part, engine }: common.PartStatus): string =>
  `${part.slice(part.lastIndexOf(':') + 1)} (${engine})`;

const longLagSeconds = 60;

/** Reactors and relays that fail or are far behind. */
export const reactorFindings = (diagnoses: Diagnoses): Finding[] =>
  [...diagnoses].flatMap(([service, { reactors }]) =>
    reactors.flatMap(({ name, failing, lagEvents = 0, lagSeconds = 0 }) => {
      const behind = `${nounOf(lagEvents, 'event')} behind, the oldest of ${duration(lagSeconds * 1000)} ago`;
      const fix = 'it tries again by itself: mend what it says; the log of the service has more';
      if (failing !== undefined)
        return [warn('reactors', `${service}/${name} fails: ${failing}; ${behind}`, fix)];
      if (lagSeconds < longLagSeconds) return [];
      const slow = 'wait while it becomes less; when it does not, see the log of the service and its engines';
      return [warn('reactors', `${service}/${name} is ${behind}`, slow)];
    }),
  );

/** A read model that answers, but with old news. */
export const isFarBehind = ({ lagSeconds = 0 }: Pick<common.ProjectionStatus, 'lagSeconds'>): boolean =>
  lagSeconds >= longLagSeconds;

/** One key is given to whoever verifies a bundle: what is in it and the proofs of the log must be signed by the same. */
export function signingKeyFindings(diagnoses: Diagnoses): Finding[] {
  const [ofBundles, ofLog] = (['provenance', 'auditor'] as const).map(
    (service) => diagnoses.get(service)?.signingKey,
  );
  if (ofBundles === undefined || ofLog === undefined) return [];
  const [a, b] = [ofBundles, ofLog].map((key) => keyFingerprint(parseVerifierKey(key).publicKey));
  const short = (key: string) => key.split('+', 2).join('+');
  if (a === b) return [ok('signing key', `${short(ofLog)}, of bundles and of the log`)];
  const found = `bundles are signed with ${short(ofBundles)}, the log with ${short(ofLog)}: neither is enough to verify a bundle`;
  const fix =
    'give provenance and auditors the same HOLDFAST_SIGNING_KEY; what is sealed by then needs both keys';
  return [warn('signing key', found, fix)];
}

const longWaitSeconds = 900;

/** Pools whose oldest run has waited long. */
export const queueFindings = (diagnoses: Diagnoses): Finding[] => {
  const pools = [...diagnoses.values()].flatMap(({ pools }) => pools);
  const slow = pools.filter(({ oldestSeconds }) => oldestSeconds >= longWaitSeconds);
  const findings = slow.map(({ pool, waiting, held, oldestSeconds }) => {
    const wait = duration(oldestSeconds * 1000);
    const found = `${nounOf(waiting, 'run')} of pool ${pool} wait, the oldest for ${wait}; ${held} are carried out`;
    const fix =
      held === 0
        ? `\`holdfast executors --pool ${pool}\`: start one that can take them, or uncordon it`
        : 'start more executors, scale those that are there, or wait';
    return warn('queue', found, fix);
  });
  const waiting = pools.reduce((sum, pool) => sum + pool.waiting, 0);
  if (findings.length > 0 || pools.length === 0) return findings;
  return [ok('queue', waiting === 0 ? 'empty' : `${nounOf(waiting, 'run')}, none for long`)];
};
