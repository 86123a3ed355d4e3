import { DomainError, type Digest, type JsonObject } from '#kernel';
import { parseJson, parseTree, type Tree } from '#evidence';
import type { provenance as proto } from '#contracts';
import type { ArtifactStore } from '#artifact-store';
import {
  byLikelihood,
  compareFingerprints,
  compareManifests,
  compareResults,
  resultOf,
  type CapturedEnvironment,
  type Difference,
} from '#domain/comparison';
import { reproducibilityKey, type Manifest } from '#domain/manifest';
import type { CallContext } from '#platform';
import { largestTreeBytes } from '#service';
import { compareData } from './compare-data.js';
import { startOf } from './conclude-reproduction.reactor.js';
import { explainResults, withMore, whatDiffers } from './explain-results.js';
import { findRun } from './find-run.js';
import type { Provenance } from './provenance.js';
import { toDifference } from './reproduction.mapper.js';
import { tellingDisposal } from './retention/disposals-of.js';
import { manifestOf, outcomeOf, readRun, type RunHistory } from './run-history.js';

const mostDifferences = 5_000;
/** Changed code files whose first change is shown. */
const lookedInto = 20;

/**
 * Everything in which two runs differ, and nothing else: causes first, the likeliest before the others, then results in the order
 * of the steps.
 * @throws INVALID_REQUEST, RUN_NOT_FOUND, RUN_NOT_ADMITTED, ARTIFACTS_DISPOSED
 */
export async function compareRuns(
  provenance: Provenance,
  { namespace, a, b }: proto.CompareRunsRequest,
  context: CallContext,
): Promise<proto.CompareRunsResponse> {
  const { artifacts } = provenance.runtime.engines;
  const [left, right] = await Promise.all([
    openSide(provenance, { namespace, field: 'a', id: a }, context),
    openSide(provenance, { namespace, field: 'b', id: b }, context),
  ]);
  const results = [
    resultOf(left.history.events, left.manifest),
    resultOf(right.history.events, right.manifest),
  ] as const;
  const found = compareResults(...results);
  const code = await codeTrees(artifacts, left.manifest, right.manifest);
  const { firstDiffering } = found;
  const manifests = compareManifests(left.manifest, right.manifest, {
    ...(code ? { code } : {}),
    ...(firstDiffering === undefined ? {} : { firstDiffering }),
  });
  const [environments, data, configuration] = await Promise.all([
    Promise.all([captured(artifacts, left.history), captured(artifacts, right.history)]),
    compareData(artifacts, manifests, left.manifest, right.manifest),
    explainCode(
      artifacts,
      manifests.filter(({ area }) => area !== 'data'),
    ),
  ]);
  const causes = [...configuration, ...data, ...compareFingerprints(...environments)].sort(byLikelihood);
  const differences = [
    ...causes,
    ...compareOutcomes(left.history, right.history),
    ...(await explainResults(artifacts, found.differences, results)),
  ];
  return {
    differences: bounded(differences).map(toDifference),
    sameKey: reproducibilityKey(left.manifest) === reproducibilityKey(right.manifest),
  };
}

async function openSide(
  provenance: Provenance,
  request: Parameters<typeof findRun>[1],
  context: CallContext,
): Promise<{ readonly history: RunHistory; readonly manifest: Manifest }> {
  const run = await findRun(provenance, request, context);
  return tellingDisposal(provenance, run, async () => {
    const history = await readRun(provenance, run);
    return { history, manifest: (await manifestOf(provenance, history)).manifest };
  });
}

async function codeTrees(artifacts: ArtifactStore, a: Manifest, b: Manifest) {
  const [x, y] = [a.pinned.code.tree, b.pinned.code.tree];
  if (x === y) return undefined;
  const read = async (digest: Digest): Promise<Tree | undefined> =>
    whenHere(async () => parseTree(await artifacts.read(digest, largestTreeBytes)));
  const [left, right] = await Promise.all([read(x), read(y)]);
  return left && right && { a: left, b: right };
}

/** Of changed code files the first change. */
async function explainCode(
  artifacts: ArtifactStore,
  differences: readonly Difference[],
): Promise<readonly Difference[]> {
  let left = lookedInto;
  return Promise.all(
    differences.map(async (difference) => {
      const { what, a, b, detail } = difference;
      if (!what.startsWith('code.') || a === undefined || b === undefined || a === b) return difference;
      if (left-- <= 0) return difference;
      const more = await whatDiffers(artifacts, what.slice('code.'.length), a as Digest, b as Digest);
      return { ...difference, detail: withMore(detail, more) };
    }),
  );
}

async function captured(artifacts: ArtifactStore, history: RunHistory): Promise<CapturedEnvironment> {
  const started = startOf(history);
  if (started === undefined) return { sections: {} };
  const { sections, fingerprint } = started;
  const document = await whenHere(async () => parseJson(await artifacts.read(fingerprint)) as JsonObject);
  return { sections, ...(document ? { document } : {}) };
}

/** What is not here, or cannot be read any more, is compared by its digest only. */
async function whenHere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DomainError && ['not-found', 'integrity', 'invalid'].includes(error.kind))
      return undefined;
    throw error;
  }
}

function compareOutcomes(a: RunHistory, b: RunHistory): Difference[] {
  const [x, y] = [described(a), described(b)];
  if (x === y) return [];
  return [{ area: 'result', what: 'outcome', a: x, b: y, detail: 'changed', likelihood: 0 }];
}

function described(history: RunHistory): string {
  const { terminal } = history;
  const failure = terminal?.event.type === 'RunFailed' ? ` (${terminal.event.failure.class})` : '';
  return `${outcomeOf(history)}${failure}`;
}

function bounded(differences: readonly Difference[]): readonly Difference[] {
  if (differences.length <= mostDifferences) return differences;
  const left = differences.length - mostDifferences;
  const detail = `${left} further differences are not listed`;
  return [...differences.slice(0, mostDifferences), { area: 'result', what: 'more', detail, likelihood: 0 }];
}
