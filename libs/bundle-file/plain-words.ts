import { keyFingerprint, type VerifierKey } from '#evidence';
import { bundlePaths, entryAt } from '#domain/bundle';
import type { Manifest, PinnedEnvironment } from '#domain/manifest';
import type { Approved } from './check-approvals.js';
import type { Attested } from './check-attestations.js';
import type { Trusted } from './check-keys.js';
import type { Logged } from './check-proofs.js';
import { namedName } from './named-edition.js';
import type { OpenBundle } from './read-bundle.js';

/** What a bundle without a problem was found to be. */
export interface Found {
  readonly bundle: OpenBundle;
  readonly outcome: string;
  readonly manifest: Manifest;
  readonly described: boolean;
  readonly attested: Attested;
  readonly approved: Approved;
  readonly trusted: Trusted;
  readonly logged: Logged;
  readonly keyed: boolean;
  /** Keys that have followed the given ones count as well. */
  readonly followed: boolean;
  /** Descriptions that this release would have worded otherwise. */
  readonly otherwise: readonly string[];
}

export function provenBy(found: Found): string[] {
  const { bundle, outcome, described, attested, approved, logged, keyed, followed } = found;
  const given = `the given key${followed ? ', or one that has followed it' : ''}`;
  const { core, coreDigest, beside } = bundle;
  const { log, holds } = logged;
  const by = attested.signers.map(nameOf).join(', ');
  const sight = log && log.witnesses.length > 0 ? `, cosigned by ${log.witnesses.join(', ')}` : '';
  return [
    `every one of the ${core.entries.length} members has the bytes that the core lists; the core is that list, sealed under its digest ${coreDigest}`,
    ...(beside.length > 0
      ? [`each of the ${beside.length} blobs beside it has the bytes that its name says`]
      : []),
    'code, parameters and seeds are those of the manifest and of its reproducibility key; the steps are those that it plans; outputs, metrics and logs are those that the history says they gave; there is no member beyond them',
    `the history is whole from its first event to the run’s end (${outcome})`,
    ...(described
      ? [
          found.otherwise.length === 0
            ? 'crate, lineage, list of software and attestations say what follows from manifest, history and files, word for word'
            : 'crate, lineage, list of software and attestations say of this run and these files what manifest and history say',
        ]
      : []),
    ...(keyed && described
      ? [`whoever holds the given key ${by} attested this run: its manifest, its history and every file`]
      : []),
    ...approved.approvals.map(
      ({ meaning, signer }) =>
        `the pseudonym ${signer} signed exactly this version of the blueprint (${meaning}), with the key that the signature names`,
    ),
    ...keysInTime(found).proven,
    ...(log && holds.has('approvals')
      ? [`the log ${log.origin} holds every signature over the blueprint before the admission of the run`]
      : []),
    ...(log && holds.has('end') ? [`the log ${log.origin} holds the event with which the run ended`] : []),
    ...(log && holds.has('core')
      ? [
          `the log ${log.origin} holds the sealing of exactly this core, at ${log.size} entries under ${given}${sight}`,
        ]
      : []),
  ];
}

export function notProvenBy(found: Found): string[] {
  const { described, attested, logged, keyed, bundle, approved, otherwise } = found;
  const { holds, log } = logged;
  const unlogged = [
    ...(holds.has('end') ? [] : ['the end of the run']),
    ...(holds.has('core') ? [] : ['the sealing of this core']),
  ];
  const claimed = attested.claimed.map((id) => id.slice(0, 16)).join(', ');
  return [
    ...(described ? [] : ['who made it and when: it carries no signature and no log proof']),
    ...keysInTime(found).notProven,
    ...(otherwise.length > 0
      ? [
          `every word of ${otherwise.join(', ')}: this release would have written it otherwise, so names, descriptions and whatever else it says beyond that are the word of whoever made it`,
        ]
      : []),
    ...(described && approved.declared === undefined && entryAt(bundle.core, bundlePaths.blueprint)
      ? [
          'who declared the blueprint, and when, and that blueprint.json, beyond its name and rationale, is the version that was run: nobody has signed that, so the attestation alone says so',
        ]
      : []),
    ...(approved.approvals.length > 0
      ? ['who is behind a pseudonym that signed the blueprint, and whose key it is that the signature names']
      : []),
    ...(approved.approvals.length > 0 && !holds.has('approvals')
      ? ['that the blueprint was signed before the run was admitted: the installation says so']
      : []),
    ...(described && !keyed
      ? [
          `who made it: no key was given, so no signature was checked, and anybody can make a file that holds so far; it says that it is signed by ${claimed || 'nobody'}: ask whoever ran it for that key, and give it with --key`,
        ]
      : []),
    ...(keyed || holds.size === 0 ? [] : ['that the log proofs in it are of any log: no key was given']),
    ...(unlogged.length > 0 && described
      ? [`that a log holds ${unlogged.join(' and ')}: there is no proof of it in here`]
      : []),
    ...(holds.size > 0
      ? [
          log && log.witnesses.length > 0
            ? 'that the log shows everybody the same: its witnesses have seen it grow only; compare its checkpoint with that of others'
            : 'that the log shows everybody the same: ask its witnesses (--witness), or compare its checkpoint',
        ]
      : []),
    ...absent(found),
    ...(bundle.named
      ? [
          `the names and reasons in ${namedName}: whoever made this file added them, and the log holds pseudonyms and sealed texts`,
        ]
      : []),
    'that the clocks of the installation were right, and that what ran was honest: only that this is what it recorded',
  ];
}

/** What is named by digest only. */
function absent({ bundle: { beside }, manifest }: Found): string[] {
  const has = new Set<unknown>(beside);
  const { data, environment } = manifest.pinned;
  const lacking = Object.keys(data).filter((name) => !has.has(data[name]?.digest));
  return [
    ...(lacking.length > 0
      ? [`that the data still exist (${lacking.join(', ')}): they are named by digest and not in here`]
      : []),
    ...outside(environment, has).map(
      (what) => `that ${what} it ran in still exists: it is named by digest and not in here`,
    ),
  ];
}

function outside(environment: PinnedEnvironment, has: ReadonlySet<unknown>): readonly string[] {
  if (environment.kind === 'image') return ['the image'];
  if (environment.kind === 'node') return has.has(environment.digest) ? [] : ['the environment'];
  return [has.has(environment.packages) ? 'the interpreter' : 'the environment'];
}

const nameOf = ({ publicKey }: Pick<VerifierKey, 'publicKey'>): string =>
  keyFingerprint(publicKey).slice(0, 16);

/**
 * Whether the keys that attested it were in use then. An attestation has no time that anybody could prove, but it is in the core, and the
 * log holds the sealing of that. What is an entry of before the key was followed by another it has signed while it was in use, when a later
 * key says that it is that entry: who stole the key before can make a log of that size.
 */
function keysInTime({ attested, trusted, logged: { log } }: Found) {
  const proven: string[] = [];
  const notProven: string[] = [];
  for (const key of attested.signers) {
    const { lastSize } = key;
    const inUse = `the key ${nameOf(key)} was in use when it attested this run`;
    const upTo = `that key counts up to ${lastSize} entries`;
    if (log?.sealedAt === undefined) {
      const since = lastSize === undefined ? '' : `, and ${upTo}`;
      notProven.push(`that ${inUse}: no proof in here says when it was sealed${since}`);
    } else if (lastSize !== undefined) {
      const { sealedAt, size, origin } = log;
      const isInTime = sealedAt < lastSize && lastSize < size && origin === trusted.origin;
      const place = `the sealing is entry ${sealedAt} of ${size}, and ${upTo}`;
      if (isInTime) proven.push(`${inUse}: ${place}`);
      else notProven.push(`that ${inUse}: ${place}`);
    }
  }
  return { proven, notProven };
}
