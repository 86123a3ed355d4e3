import { isDomainError, type Digest, type Instant, type JsonObject } from '#kernel';
import { parseJson, parseTree } from '#evidence';
import { limitsOf, resultFinding } from '#domain/baseline';
import {
  byLikelihood,
  compareFingerprints,
  compareManifests,
  compareResults,
  resultOf,
  type CapturedEnvironment,
  type CodeTrees,
} from '#domain/comparison';
import {
  configurationFindings,
  environmentFindings,
  partitionFindings,
  suspectsOf,
  type DriftEvent,
} from '#domain/drift';
import { parseManifest, type Manifest } from '#domain/manifest';
import type { ArtifactStore } from '#artifact-store';
import type { Accepted } from './accepted-then.js';
import type { CompareData } from './compare-data.js';
import type { RunFacts } from './run-facts.js';

export interface Comparison {
  /** UUID of the baseline, and the acceptance of it that held. */
  readonly baseline: string;
  readonly accepted: Accepted;
  readonly reference: RunFacts;
  readonly run: RunFacts;
  readonly at: Instant;
}

const mostFindings = 200;
const largestTreeBytes = 64 * 2 ** 20;
const largestFingerprintBytes = 4 * 2 ** 20;

/**
 * Holds a run against a baseline. A result outside its limits, another environment and other data are drift; what was configured
 * otherwise is told along with one of these, and is none by itself: changing a knob is what experiments are for.
 */
export async function compareRun(
  artifacts: ArtifactStore,
  compareData: CompareData,
  { baseline, accepted, reference, run, at }: Comparison,
  signal: AbortSignal,
): Promise<DriftEvent> {
  const { namespace, blueprint, metric, version: baselineVersion } = accepted;
  const about = { namespace, blueprint, metric, run: run.id, baseline, baselineVersion } as const;
  const limits = limitsOf(
    accepted.runs.map(({ value }) => value),
    accepted.tolerance,
  );
  const value = run.metrics.find(({ name }) => name === metric)?.value;
  const result = resultFinding(metric, limits, value);
  const [a, b] = await Promise.all([
    manifestOf(artifacts, accepted.reference.manifest),
    manifestOf(artifacts, run.manifest),
  ]);
  const [x, y] = await Promise.all([captured(artifacts, reference), captured(artifacts, run)]);
  const inside = compareFingerprints(x, y);
  const code = await codeTrees(artifacts, a, b);
  const { firstDiffering } = compareResults(resultOf(reference.events, a), resultOf(run.events, b));
  const differences = compareManifests(a, b, {
    ...(code ? { code } : {}),
    ...(firstDiffering === undefined ? {} : { firstDiffering }),
  });
  const drifted = [
    ...(result ? [result] : []),
    ...environmentFindings(x, y, inside),
    ...(await compareData(a, b, signal)),
    ...partitionFindings(differences),
  ];
  if (drifted.length === 0 && value !== undefined)
    return { type: 'BaselineHeld', ...about, value, method: limits.method, n: accepted.runs.length, at };
  return {
    type: 'DriftDetected',
    ...about,
    manifest: run.manifest,
    findings: [...drifted, ...configurationFindings(differences)].slice(0, mostFindings),
    suspects: suspectsOf([...differences, ...inside].sort(byLikelihood)),
    at,
  };
}

const manifestOf = async (artifacts: ArtifactStore, digest: Digest): Promise<Manifest> =>
  parseManifest(await artifacts.read(digest));

/** Sections by digest always, what is in them while the blob is here. */
async function captured(
  artifacts: ArtifactStore,
  { fingerprint, sections }: RunFacts,
): Promise<CapturedEnvironment> {
  const bytes = fingerprint && (await whereHere(artifacts.read(fingerprint, largestFingerprintBytes)));
  if (bytes === undefined) return { sections };
  return { sections, document: parseJson(bytes, { maxBytes: largestFingerprintBytes }) as JsonObject };
}

/** So that files have names in what differs. */
async function codeTrees(artifacts: ArtifactStore, a: Manifest, b: Manifest): Promise<CodeTrees | undefined> {
  const [x, y] = [a.pinned.code.tree, b.pinned.code.tree];
  if (x === y) return undefined;
  const [p, q] = await Promise.all([x, y].map((tree) => whereHere(artifacts.read(tree, largestTreeBytes))));
  return p && q && { a: parseTree(p), b: parseTree(q) };
}

async function whereHere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isDomainError(error) && error.kind === 'not-found') return undefined;
    throw error;
  }
}
