import { isDomainError, type Problem } from '#kernel';
import { keyFingerprint, type CheckpointPolicy, type VerifierKey } from '#evidence';
import { checkApprovals, nothingApproved } from './check-approvals.js';
import { checkAttestations, type Attested } from './check-attestations.js';
import { checkBeside } from './check-beside.js';
import { checkDescriptions, isDescribed } from './check-descriptions.js';
import { checkKeys } from './check-keys.js';
import { checkProofs, type Logged } from './check-proofs.js';
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
  const besides = story ? await checked(blobFolder, () => checkBeside(bundle, story)) : [];
  const ofNames = story ? await checkNamed(bundle, story) : [];
  const approved = story ? await checkApprovals(bundle, story) : nothingApproved;
  const described = isDescribed(bundle);
  const others = story && described ? await checkDescriptions(bundle, story) : [];
  const attested: Attested =
    story && described
      ? await checkAttestations(bundle, { ...story, ...approved }, keys)
      : { problems: [], signers: [], claimed: [], statements: [] };
  const policy = keys.length > 0 ? { keys, ...witnesses } : undefined;
  const logged: Logged = story
    ? await checkProofs(bundle, { ...story, ...approved }, policy)
    : { problems: [], holds: new Set() };
  const unsigned =
    keys.length > 0 && !described
      ? [
          {
            ...problem('--key', 'it carries no signature, so no key can prove who made it'),
            code: 'SIGNATURE_MISSING',
          },
        ]
      : [];
  const all = [
    ...[
      ...digests,
      ...problems,
      ...besides,
      ...ofNames,
      ...approved.problems,
      ...others,
      ...trusted.problems,
    ],
    ...[...attested.problems, ...logged.problems, ...unsigned],
  ];
  const signedBy = attested.signers.map(({ publicKey }) => keyFingerprint(publicKey));
  const { run, reproducibilityKey, outcome } = story ?? {};
  const found = {
    bundle,
    ...{ outcome: outcome ?? '', manifest: story?.manifest ?? {} },
    described,
    attested,
    approved,
    trusted,
    logged,
    keyed: keys.length > 0,
    followed: keys.length > given.length,
    otherwise:
      story && described && all.length === 0 ? await worded(bundle, { ...story, ...approved }, attested) : [],
  };
  return {
    core: bundle.coreDigest,
    ...(story
      ? { run: run as string, reproducibilityKey: reproducibilityKey as string, outcome: outcome as string }
      : {}),
    members: bundle.core.entries.length,
    totalBytes: bundle.totalBytes,
    ...(signedBy.length > 0 && all.length === 0 ? { signedBy } : {}),
    ...(logged.log && all.length === 0 ? { log: logged.log } : {}),
    proven: all.length > 0 ? [] : provenBy(found),
    notProven: all.length > 0 ? ['anything: see the problems'] : notProvenBy(found),
    problems: all.slice(0, mostProblems),
  };
}

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
