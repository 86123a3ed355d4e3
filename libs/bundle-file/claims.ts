import type { Json, JsonObject } from '#kernel';
import type { Approved } from './check-approvals.js';
import type { Story } from './check-story.js';
import { at, isObject, listOf } from './hostile-json.js';

/** What a statement says, and what manifest and history say of the same. */
export type Claim = readonly [what: string, said: Json | undefined, is: Json | undefined];

export type Told = Story & Pick<Approved, 'approvals'>;

/** Of our own statement about a run. */
export function ownClaims(story: Told, predicate: JsonObject): readonly Claim[] {
  const { manifest, events } = story;
  const of = (...path: readonly string[]) => at(predicate, ...path);
  const { blueprint } = namesOf(manifest);
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
    [
      'the version of the blueprint',
      of('blueprint', 'version'),
      at(manifest, 'declared', 'blueprint', 'version'),
    ],
    ['the approvals', of('blueprint', 'approvals'), story.approvals as unknown as Json],
    ['the seed', of('seed', 'root'), at(manifest, 'pinned', 'seed', 'root')],
    ['the required isolation', of('isolation', 'required'), at(manifest, 'pinned', 'isolation')],
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
  const pinned = at(story.manifest, 'pinned');
  const { blueprint, version } = namesOf(story.manifest);
  const environment = at(pinned, 'environment', 'digest');
  const data = at(pinned, 'data');
  return [
    ['the run', at(predicate, 'runDetails', 'metadata', 'invocationId'), `urn:uuid:${story.run}`],
    ['the blueprint', at(build, 'externalParameters', 'blueprint'), `${blueprint}@${version}`],
    ['the knobs', at(build, 'externalParameters', 'knobs'), at(pinned, 'knobs')],
    ['the seed', at(build, 'externalParameters', 'seed'), at(pinned, 'seed', 'root')],
    [
      'the reproducibility key',
      at(build, 'internalParameters', 'reproducibilityKey'),
      story.reproducibilityKey,
    ],
    ['the architecture', at(build, 'internalParameters', 'architecture'), at(pinned, 'architecture')],
    ['the determinism', at(build, 'internalParameters', 'determinism'), at(pinned, 'determinism')],
    [
      'what it depended on',
      digests,
      {
        manifest: story.manifestDigest,
        code: at(pinned, 'code', 'tree') ?? null,
        ...(environment === undefined ? {} : { environment }),
        ...Object.fromEntries(
          Object.entries(isObject(data) ? data : {}).map(([name, pin]) => [
            `data.${name}`,
            at(pin, 'digest') ?? null,
          ]),
        ),
      },
    ],
  ];
}

/** Names and values of what a completed run came to. */
const metricsOf = ({ events }: Story): Json =>
  listOf(at(events.at(-1)?.data, 'metrics')).map((metric) => ({
    name: at(metric, 'name') ?? null,
    value: at(metric, 'value') ?? null,
  }));

function namesOf(manifest: JsonObject): { readonly blueprint: string; readonly version: string } {
  const of = (key: string) => String(at(manifest, 'declared', 'blueprint', key));
  return { blueprint: `${of('namespace')}/${of('name')}`, version: of('version') };
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
