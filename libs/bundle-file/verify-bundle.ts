import { isDomainError, type Problem } from '#kernel';
import type { CheckpointPolicy, VerifierKey } from '#evidence';
import { checkAttestations, type Attested } from './check-attestations.js';
import { checkDescriptions, isDescribed } from './check-descriptions.js';
import { checkKeys } from './check-keys.js';
import { checkProofs, type Logged } from './check-proofs.js';
import { checkStory } from './check-story.js';
import { checkNamed, namedName } from './named-edition.js';
import { expectedOf, hashEntry, openBundle, type OpenBundle } from './read-bundle.js';
import { problem, type BundleReport } from './report.js';

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
  const { keys, problems: ofKeys } = await checkKeys(bundle, given);
  const ofNames = story ? await checkNamed(bundle, story) : [];
  const described = isDescribed(bundle);
  const others = story && described ? await checkDescriptions(bundle, story) : [];
  const attested: Attested =
    story && described ? await checkAttestations(bundle, story, keys) : { problems: [], signedBy: [] };
  const policy = keys.length > 0 ? { keys, ...witnesses } : undefined;
  const logged: Logged = story
    ? await checkProofs(bundle, story, policy)
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
    ...[...digests, ...problems, ...ofNames, ...others, ...ofKeys],
    ...[...attested.problems, ...logged.problems, ...unsigned],
  ];
  const { run, reproducibilityKey, outcome } = story ?? {};
  const found = {
    bundle,
    outcome: outcome ?? '',
    described,
    attested,
    logged,
    keyed: keys.length > 0,
    followed: keys.length > given.length,
  };
  return {
    core: bundle.coreDigest,
    ...(story
      ? { run: run as string, reproducibilityKey: reproducibilityKey as string, outcome: outcome as string }
      : {}),
    members: bundle.core.entries.length,
    totalBytes: bundle.totalBytes,
    ...(attested.signedBy.length > 0 && all.length === 0 ? { signedBy: attested.signedBy } : {}),
    ...(logged.log && all.length === 0 ? { log: logged.log } : {}),
    proven: all.length > 0 ? [] : provenBy(found),
    notProven: all.length > 0 ? ['anything: see the problems'] : notProvenBy(found),
    problems: all.slice(0, mostProblems),
  };
}

interface Found {
  readonly bundle: OpenBundle;
  readonly outcome: string;
  readonly described: boolean;
  readonly attested: Attested;
  readonly logged: Logged;
  readonly keyed: boolean;
  /** Keys that have followed the given ones count as well. */
  readonly followed: boolean;
}

function provenBy({ bundle, outcome, described, attested, logged, keyed, followed }: Found): string[] {
  const given = `the given key${followed ? ', or one that has followed it' : ''}`;
  const { core, coreDigest, beside } = bundle;
  const { log, holds } = logged;
  const by = attested.signedBy.map((key) => key.slice(0, 16)).join(', ');
  return [
    `every one of the ${core.entries.length} members has the bytes that the core ${coreDigest} lists`,
    ...(beside.length > 0
      ? [`each of the ${beside.length} blobs beside it has the bytes that its name says`]
      : []),
    'the manifest, the history and the outputs agree with each other',
    `the history is whole from its first event to the run’s end (${outcome})`,
    ...(described
      ? ['crate, lineage, list of software and attestations are about this run and these files']
      : []),
    ...(keyed && described
      ? [`whoever holds the given key ${by} attested this run: its manifest, its history and every file`]
      : []),
    ...(log && holds.has('end') ? [`the log ${log.origin} holds the event with which the run ended`] : []),
    ...(log && holds.has('core')
      ? [
          `the log ${log.origin} holds the sealing of exactly this core, at ${log.size} entries under ${given}`,
        ]
      : []),
  ];
}

function notProvenBy({ described, logged, keyed, bundle }: Found): string[] {
  const { holds } = logged;
  const unlogged = [
    ...(holds.has('end') ? [] : ['the end of the run']),
    ...(holds.has('core') ? [] : ['the sealing of this core']),
  ];
  return [
    ...(described ? [] : ['who made it and when: it carries no signature and no log proof']),
    ...(described && !keyed ? ['who made it: no key was given, so no signature was checked'] : []),
    ...(keyed || holds.size === 0 ? [] : ['that the log proofs in it are of any log: no key was given']),
    ...(unlogged.length > 0 && described
      ? [`that a log holds ${unlogged.join(' and ')}: there is no proof of it in here`]
      : []),
    ...(holds.size > 0
      ? ['that the log shows everybody the same: ask its witnesses, or compare its checkpoint']
      : []),
    ...(bundle.beside.length > 0
      ? []
      : ['that the data still exist: they are named by digest and not in here']),
    ...(bundle.named
      ? [
          `the names and reasons in ${namedName}: whoever made this file added them, and the log holds pseudonyms and sealed texts`,
        ]
      : []),
    'that the clocks of the installation were right, and that what ran was honest: only that this is what it recorded',
  ];
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
