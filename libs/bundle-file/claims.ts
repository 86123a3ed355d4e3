import type { Json, JsonObject } from '#kernel';
import { timesOf } from '#domain/bundle';
import type { Manifest } from '#domain/manifest';
import type { Approved } from './check-approvals.js';
import { eventOf, type Story } from './check-story.js';
import { at, listOf } from './hostile-json.js';
import { reportedSteps } from './reported-steps.js';

/** What a statement says, and what manifest and history say of the same. */
export type Claim = readonly [what: string, said: Json | undefined, is: Json | undefined];

export type Told = Story & Pick<Approved, 'approvals' | 'declared'>;

/** Of our own statement about a run. */
export function ownClaims(story: Told, predicate: JsonObject): readonly Claim[] {
  const { manifest, events } = story;
  const of = (...path: readonly string[]) => at(predicate, ...path);
  const { blueprint, version } = namesOf(manifest);
  const started = events.findLast(({ type }) => type === 'RunStarted')?.data;
  const admitted = events.find(({ type }) => type === 'RunAdmitted')?.data;
  return [
    ['the run', of('run'), story.run],
    ['the namespace', of('namespace'), at(events[0]?.data, 'namespace')],
    ['the outcome', of('outcome'), story.outcome],
    ['the failure', of('failure'), at(events.at(-1)?.data, 'failure', 'class')],
    ['the metrics', of('metrics'), metricsOf(story)],
    ['the reproducibility key', of('reproducibilityKey'), story.reproducibilityKey],
    ['the blueprint', of('blueprint', 'name'), blueprint],
    ['the version of the blueprint', of('blueprint', 'version'), version],
    ['the approvals', of('blueprint', 'approvals'), story.approvals as unknown as Json],
    ...declaredClaims(story, at(predicate, 'blueprint')),
    ['the attempts', of('attempts'), attemptsOf(story)],
    ['the seed', of('seed'), manifest.pinned.seed],
    ['the required isolation', of('isolation', 'required'), manifest.pinned.isolation],
    ['the isolation', of('isolation', 'actual'), started && (at(started, 'isolation', 'level') ?? 'unknown')],
    ['whether the host was isolated', of('isolation', 'hostNotIsolated'), at(started, 'hostNotIsolated')],
    ['the fingerprint', of('environment', 'fingerprint'), at(started, 'fingerprint')],
    ['the sections of the fingerprint', of('environment', 'sections'), at(started, 'sections')],
    ['the number of steps', of('stepsTotal'), at(admitted, 'stepsTotal')],
  ];
}

/** Of SLSA's provenance. */
export function slsaClaims(story: Story, predicate: JsonObject): readonly Claim[] {
  const build = at(predicate, 'buildDefinition');
  const digests = namedDigests(at(build, 'resolvedDependencies'));
  const { pinned } = story.manifest;
  const { blueprint, version } = namesOf(story.manifest);
  const { startedAt, endedAt } = timesOf({ events: story.events.map(eventOf) });
  return [
    ['the run', at(predicate, 'runDetails', 'metadata', 'invocationId'), `urn:uuid:${story.run}`],
    ['the blueprint', at(build, 'externalParameters', 'blueprint'), `${blueprint}@${version}`],
    ['when it began', at(predicate, 'runDetails', 'metadata', 'startedOn'), startedAt],
    ['when it ended', at(predicate, 'runDetails', 'metadata', 'finishedOn'), endedAt],
    ['the release', at(predicate, 'runDetails', 'builder', 'version', 'holdfast'), story.release],
    ['the knobs', at(build, 'externalParameters', 'knobs'), pinned.knobs],
    ['the seed', at(build, 'externalParameters', 'seed'), pinned.seed.root],
    [
      'the reproducibility key',
      at(build, 'internalParameters', 'reproducibilityKey'),
      story.reproducibilityKey,
    ],
    ['the architecture', at(build, 'internalParameters', 'architecture'), pinned.architecture],
    ['the determinism', at(build, 'internalParameters', 'determinism'), pinned.determinism],
    [
      'what it depended on',
      digests,
      {
        manifest: story.manifestDigest,
        code: pinned.code.tree,
        environment: pinned.environment.digest,
        ...Object.fromEntries(Object.entries(pinned.data).map(([name, pin]) => [`data.${name}`, pin.digest])),
      },
    ],
  ];
}

/** Who declared the version, and when, where its event is here; else the installation says so. */
const declaredClaims = ({ declared }: Told, said: Json | undefined): readonly Claim[] =>
  declared === undefined
    ? []
    : [
        ['the number of the version', at(said, 'number'), declared.number],
        ['who declared it', at(said, 'declaredBy'), declared.by],
        ['when it was declared', at(said, 'declaredAt'), declared.at],
        ['the event that declared it', at(said, 'event'), declared.event],
      ];

const attemptsOf = ({ events }: Story): number =>
  new Set(reportedSteps(events).map(({ data }) => data['epoch'])).size;

/** Names and values of what a completed run came to. */
const metricsOf = ({ events }: Story): Json =>
  listOf(at(events.at(-1)?.data, 'metrics')).map((metric) => ({
    name: at(metric, 'name') ?? null,
    value: at(metric, 'value') ?? null,
  }));

function namesOf({ declared }: Manifest): { readonly blueprint: string; readonly version: string } {
  const { namespace, name, version } = declared.blueprint;
  return { blueprint: `${namespace}/${name}`, version };
}

/** Of descriptors of resources; what has no digest, or is named twice, is nothing that a manifest pins. */
function namedDigests(descriptors: Json | undefined): Json {
  const named = listOf(descriptors).map((one) => [
    String(at(one, 'name')),
    `sha256:${String(at(one, 'digest', 'sha256'))}`,
  ]);
  const digests = Object.fromEntries(named) as JsonObject;
  return named.length === Object.keys(digests).length ? digests : null;
}
