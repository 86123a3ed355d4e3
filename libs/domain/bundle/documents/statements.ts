import { isDigest, type Digest, type JsonObject } from '#kernel';
import { descriptionPaths, entryAt } from '../members.js';
import { holdfast } from './names.js';
import { bytesUri, executionsOf, hexOf, outcomeOf, outputFiles, timesOf, type RunRecord } from './record.js';

export interface Statement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly predicateType: string;
  readonly predicate: object;
}

const subject = (name: string, digest: Digest) => ({ name, digest: { sha256: hexOf(digest) } });
const statement = (subjects: Statement['subject'], predicateType: string, predicate: object): Statement => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: subjects,
  predicateType,
  predicate,
});

/**
 * What the installation attests of a run. Our own statement is about the documents that name everything else by digest: manifest, history
 * and crate. SLSA's is about the files that the run gave, so only where there are any.
 */
export function statementsOf(record: RunRecord, crate: Digest): Statement[] {
  const { members } = record;
  const described = [...descriptionPaths.attested, descriptionPaths.crate].sort();
  const own = statement(
    described.flatMap((path) => {
      const digest = path === descriptionPaths.crate ? crate : entryAt(members, path)?.digest;
      return digest === undefined ? [] : [subject(path, digest)];
    }),
    holdfast.runPredicate,
    ownPredicate(record),
  );
  const results = executionsOf(record)
    .filter(({ counts }) => counts)
    .flatMap((execution) =>
      execution.step.outputs.flatMap((output) => outputFiles(members, execution, output)),
    );
  if (results.length === 0 || outcomeOf(record) !== 'completed') return [own];
  const outputs = results.map(({ path, digest }) => subject(path, digest));
  return [own, statement(outputs, 'https://slsa.dev/provenance/v1', slsaPredicate(record))];
}

/** What SLSA has no words for: which result is expected again, how it ended, how well it was isolated, who approved. */
function ownPredicate(record: RunRecord): object {
  const { run, namespace, manifest, events, version, approvals = [] } = record;
  const admitted = events.find((event) => event.type === 'RunAdmitted');
  const started = events.findLast((event) => event.type === 'RunStarted');
  const end = events.find((event) => event.type === 'RunCompleted' || event.type === 'RunFailed');
  const { declared, pinned } = manifest;
  return {
    ...{ run, namespace, outcome: outcomeOf(record) },
    reproducibilityKey: record.reproducibilityKey,
    attempts: new Set(executionsOf(record).map(({ step }) => step.epoch)).size,
    ...(end?.type === 'RunFailed' ? { failure: end.failure.class } : {}),
    metrics: end?.type === 'RunCompleted' ? end.metrics.map(({ name, value }) => ({ name, value })) : [],
    blueprint: {
      name: `${declared.blueprint.namespace}/${declared.blueprint.name}`,
      version: declared.blueprint.version,
      ...(version
        ? {
            number: version.number,
            declaredBy: version.actor,
            declaredAt: version.at,
            event: version.eventId,
          }
        : {}),
      approvals: approvals.map(({ event, meaning, signer, signedAt }) => ({
        event,
        meaning,
        signer,
        signedAt,
      })),
    },
    seed: { root: pinned.seed.root, method: pinned.seed.method },
    isolation: {
      required: pinned.isolation,
      ...(started ? { actual: levelOf(started.isolation), hostNotIsolated: started.hostNotIsolated } : {}),
    },
    ...(started ? { environment: { fingerprint: started.fingerprint, sections: started.sections } } : {}),
    ...(admitted ? { stepsTotal: admitted.stepsTotal } : {}),
  };
}

const levelOf = (isolation: JsonObject): string =>
  typeof isolation['level'] === 'string' ? isolation['level'] : 'unknown';

function slsaPredicate(record: RunRecord): object {
  const { run, manifest, members, release } = record;
  const { pinned, declared } = manifest;
  const { startedAt, endedAt } = timesOf(record);
  const material = (name: string, digest: Digest) => ({
    ...{ name, uri: bytesUri(digest) },
    digest: { sha256: hexOf(digest) },
  });
  const environment = pinned.environment;
  const logs = members.entries.filter(({ path }) => /^steps\/.*\/(stdout|stderr|metrics\.jsonl)$/.test(path));
  return {
    buildDefinition: {
      buildType: holdfast.buildType,
      externalParameters: {
        blueprint: `${declared.blueprint.namespace}/${declared.blueprint.name}@${declared.blueprint.version}`,
        knobs: pinned.knobs,
        seed: pinned.seed.root,
      },
      internalParameters: {
        ...{ reproducibilityKey: record.reproducibilityKey, architecture: pinned.architecture },
        determinism: pinned.determinism,
      },
      resolvedDependencies: [
        material('manifest', record.manifestDigest),
        material('code', pinned.code.tree),
        ...(isDigest(environment.digest) ? [material('environment', environment.digest)] : []),
        ...Object.entries(pinned.data)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, { digest }]) => material(`data.${name}`, digest)),
      ],
    },
    runDetails: {
      builder: { id: holdfast.producer, version: { holdfast: release } },
      metadata: { invocationId: `urn:uuid:${run}`, startedOn: startedAt, finishedOn: endedAt },
      byproducts: logs.map(({ path, digest }) => ({ name: path, digest: { sha256: hexOf(digest) } })),
    },
  };
}
