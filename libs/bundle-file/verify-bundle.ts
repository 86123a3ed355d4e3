import { isDomainError, type Problem } from '#kernel';
import { keyFingerprint, type CheckpointPolicy, type VerifierKey } from '#evidence';
import { checkApprovals } from './check-approvals.js';
import { checkAttestations, nothingAttested } from './check-attestations.js';
import { checkBeside } from './check-beside.js';
import { checkDescriptions, isDescribed } from './check-descriptions.js';
import { checkKeys } from './check-keys.js';
import { checkProofs } from './check-proofs.js';
import { checkStory } from './check-story.js';
import { otherwiseWorded } from './check-wording.js';
import { checkNamed } from './named-edition.js';
import { notProvenBy, provenBy } from './plain-words.js';
import { expectedOf, hashEntry, openBundle, type OpenBundle } from './read-bundle.js';
import { found as checked, problem, type BundleReport } from './report.js';
import { blobFolder } from './write-bundle.js';

export interface VerifyOptions {
  /** Keys that are trusted; without any nothing is proven of who made it. */
  readonly keys?: readonly VerifierKey[];
  /** Who must have cosigned the checkpoints of its proofs, beside the log itself. */
  readonly witnesses?: Pick<CheckpointPolicy, 'witnesses' | 'witnessesNeeded'>;
  onProgress?(doneBytes: number, totalBytes: number): void;
}

const mostProblems = 1000;

/**
 * Checks a bundle offline and reports everything: structure, every digest, that its parts agree with each other, signatures, and that a log
 * holds it. Never throws for a bad bundle.
 * @throws BUNDLE_UNREADABLE when there is no file to check
 */
export async function verifyBundle(path: string, options: VerifyOptions = {}): Promise<BundleReport> {
  let bundle: OpenBundle;
  try {
    bundle = await openBundle(path);
  } catch (error) {
    if (!isDomainError(error) || error.code === 'BUNDLE_UNREADABLE') throw error;
    const problems = error.problems.length > 0 ? error.problems : [problem('', error.message)];
    const notProven = ['anything: the structure is not sound'];
    return { members: 0, totalBytes: 0, proven: [], notProven, problems };
  }
  try {
    return await report(bundle, options);
  } finally {
    bundle.close();
  }
}

async function report(bundle: OpenBundle, options: VerifyOptions): Promise<BundleReport> {
  const { keys: given = [], witnesses, onProgress } = options;
  const digests = await checkDigests(bundle, onProgress);
  const { story, problems } = await checkStory(bundle);
  const trusted = await checkKeys(bundle, given);
  const { keys } = trusted;
  const described = isDescribed(bundle);
  const before = [...digests, ...problems];
  const after = [...trusted.problems, ...(keys.length > 0 && !described ? [unsigned] : [])];
  const file = {
    ...{ core: bundle.coreDigest, members: bundle.core.entries.length, totalBytes: bundle.totalBytes },
  };
  if (story === undefined) return { ...file, ...refused([...before, ...after]) };
  const besides = await checked(blobFolder, () => checkBeside(bundle, story));
  const ofNames = await checkNamed(bundle, story);
  const approved = await checkApprovals(bundle, story);
  const told = { ...story, ...approved };
  const others = described ? await checkDescriptions(bundle, story) : [];
  const attested = described ? await checkAttestations(bundle, told, keys) : nothingAttested;
  const logged = await checkProofs(bundle, told, keys.length > 0 ? { keys, ...witnesses } : undefined);
  const all = [
    ...[...before, ...besides, ...ofNames, ...approved.problems, ...others],
    ...[...attested.problems, ...logged.problems, ...after],
  ];
  const { run, reproducibilityKey, outcome, manifest } = story;
  const about = { ...file, run, reproducibilityKey, outcome };
  if (all.length > 0) return { ...about, ...refused(all) };
  const found = {
    ...{ bundle, outcome, manifest, described, attested, approved, trusted, logged },
    ...{ keyed: keys.length > 0, followed: keys.length > given.length },
    otherwise: described ? await worded(bundle, told, attested) : [],
  };
  const signedBy = attested.signers.map(({ publicKey }) => keyFingerprint(publicKey));
  return {
    ...about,
    ...(signedBy.length > 0 ? { signedBy } : {}),
    ...(logged.log ? { log: logged.log } : {}),
    proven: provenBy(found),
    notProven: notProvenBy(found),
    problems: [],
  };
}

const unsigned: Problem = {
  ...problem('--key', 'it carries no signature, so no key can prove who made it'),
  code: 'SIGNATURE_MISSING',
};

const refused = (problems: readonly Problem[]) => ({
  ...{ proven: [], notProven: ['anything: see the problems'] },
  problems: problems.slice(0, mostProblems),
});

/** What cannot be written again here is worded otherwise, too. */
async function worded(...of: Parameters<typeof otherwiseWorded>): Promise<readonly string[]> {
  try {
    return await otherwiseWorded(...of);
  } catch {
    return ['what describes it'];
  }
}

async function checkDigests(bundle: OpenBundle, onProgress: VerifyOptions['onProgress']): Promise<Problem[]> {
  const problems: Problem[] = [];
  const sizes = new Map(bundle.core.entries.map(({ path, sizeBytes }) => [path, sizeBytes]));
  let done = 0;
  for (const { name, digest } of expectedOf(bundle)) {
    const actual = await hashEntry(bundle, name);
    if ('problem' in actual) problems.push(problem(name, actual.problem));
    else if (actual.digest !== digest)
      problems.push(problem(name, `its bytes are not those listed (${digest})`, actual.digest));
    done += sizes.get(name) ?? 0;
    onProgress?.(done, bundle.totalBytes);
  }
  return problems;
}
