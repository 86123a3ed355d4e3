import { isDomainError, type Digest, type Json, type JsonObject, type Problem } from '#kernel';
import { canonicalize, digestBytes, digestValue, parseJson } from '#evidence';
import { bundlePaths, parseHistory, type HistoryLine } from '#domain/bundle';
import { expectedOf, hashEntry, openBundle, type OpenBundle } from './read-bundle.js';

/** What checking a bundle gave: facts that hold, in plain words, and everything that does not. */
export interface BundleReport {
  readonly core?: Digest;
  readonly run?: string;
  readonly reproducibilityKey?: string;
  readonly outcome?: string;
  readonly members: number;
  readonly totalBytes: number;
  readonly proven: readonly string[];
  readonly notProven: readonly string[];
  readonly problems: readonly Problem[];
}

export interface VerifyOptions {
  onProgress?(doneBytes: number, totalBytes: number): void;
}

/**
 * Checks a bundle offline and reports everything: structure, every digest, and that its parts agree with each other.
 * Never throws for a bad bundle.
 * @throws BUNDLE_UNREADABLE when there is no file to check
 */
export async function verifyBundle(path: string, { onProgress }: VerifyOptions = {}): Promise<BundleReport> {
  let bundle: OpenBundle;
  try {
    bundle = await openBundle(path);
  } catch (error) {
    if (!isDomainError(error) || error.code === 'BUNDLE_UNREADABLE') throw error;
    const problems = error.problems.length > 0 ? error.problems : [problem('', error.message)];
    return {
      members: 0,
      totalBytes: 0,
      proven: [],
      notProven: ['anything: the structure is not sound'],
      problems,
    };
  }
  try {
    const problems = await checkDigests(bundle, onProgress);
    const agreement = await checkAgreement(bundle);
    const sizes = new Map(bundle.core.entries.map(({ path, sizeBytes }) => [path, sizeBytes]));
    const all = [...problems, ...agreement.problems];
    return {
      core: bundle.coreDigest,
      ...agreement.facts,
      members: sizes.size,
      totalBytes: bundle.totalBytes,
      proven:
        all.length > 0
          ? []
          : [
              `every one of the ${sizes.size} members has the bytes that the core ${bundle.coreDigest} lists`,
              'the manifest, the history and the outputs agree with each other',
              `the history is whole from its first event to the run’s end (${agreement.facts.outcome})`,
            ],
      notProven: ['who made it and when: it carries no signature and no log proof'],
      problems: all,
    };
  } finally {
    bundle.close();
  }
}

async function checkDigests(bundle: OpenBundle, onProgress: VerifyOptions['onProgress']): Promise<Problem[]> {
  const problems: Problem[] = [];
  const sizes = new Map(bundle.core.entries.map(({ path, sizeBytes }) => [path, sizeBytes]));
  let done = 0;
  for (const { name, digest } of expectedOf(bundle)) {
    const actual = await hashEntry(bundle, name);
    if (actual !== digest) problems.push(problem(name, `its bytes are not those listed (${digest})`, actual));
    done += sizes.get(name) ?? 0;
    onProgress?.(done, bundle.totalBytes);
  }
  return problems;
}

type Facts = { run?: string; reproducibilityKey?: string; outcome?: string };

/** Manifest, history and members must tell the same story. */
async function checkAgreement(bundle: OpenBundle): Promise<{ facts: Facts; problems: Problem[] }> {
  const facts: Facts = {};
  const problems: Problem[] = [];
  try {
    const manifestBytes = await bytesOf(bundle, bundlePaths.manifest);
    const manifest = parseJson(manifestBytes, { file: bundlePaths.manifest }) as JsonObject;
    const lines = parseHistory(await bytesOf(bundle, bundlePaths.history));
    const events = lines.map((line) => ({ ...line, data: dataOf(line) }));
    facts.run = lines[0]?.stream.slice('run-'.length) ?? '';
    const key = digestValue(manifest['pinned'] as Json);
    facts.reproducibilityKey = key;
    const admitted = events.find(({ type }) => type === 'RunAdmitted')?.data;
    const last = events.at(-1)?.type ?? '';
    facts.outcome = last.replace(/^Run/, '').toLowerCase();
    if (canonicalize(manifest) !== new TextDecoder().decode(manifestBytes))
      problems.push(problem(bundlePaths.manifest, 'is not canonical'));
    if (admitted?.['manifest'] !== digestBytes(manifestBytes))
      problems.push(problem(bundlePaths.history, 'the run was admitted with another manifest'));
    if (admitted?.['reproducibilityKey'] !== key)
      problems.push(problem(bundlePaths.manifest, 'its reproducibility key is not the one admitted'));
    if (!['RunCompleted', 'RunFailed', 'RunCancelled'].includes(last))
      problems.push(problem(bundlePaths.history, 'does not reach the end of the run'));
    problems.push(...checkOutputs(bundle, events));
  } catch (error) {
    problems.push(problem('', (error as Error).message));
  }
  return { facts, problems };
}

function checkOutputs(
  bundle: OpenBundle,
  events: readonly { readonly type: string; readonly data: JsonObject }[],
): Problem[] {
  const digests = new Map(bundle.core.entries.map(({ path, digest }) => [path, digest]));
  return events.flatMap(({ type, data }) => {
    if (type !== 'StepCompleted' && type !== 'StepFailed') return [];
    const { epoch, step, fold } = data as { epoch: number; step: string; fold: number | null };
    const folder = [bundlePaths.steps, epoch, step, ...(fold === null ? [] : [fold])].join('/');
    const outputs = data['outputs'] as unknown as { kind: string; path: string; digest: string }[];
    return outputs.flatMap(({ kind, path, digest }) => {
      const name = `${folder}/outputs/${path}`;
      return kind !== 'file' || digests.get(name) === digest
        ? []
        : [problem(name, 'is not what the history says the step wrote')];
    });
  });
}

async function bytesOf(bundle: OpenBundle, name: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of await bundle.read(name)) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

const dataOf = (line: HistoryLine): JsonObject => (parseJson(line.envelope) as { data: JsonObject }).data;

const problem = (field: string, message: string, found?: string): Problem => ({
  code: 'EVIDENCE_FAILS',
  field,
  message,
  ...(found === undefined ? {} : { found }),
});
