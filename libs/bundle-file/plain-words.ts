import { keyFingerprint, type VerifierKey } from '#evidence';
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
  readonly described: boolean;
  readonly attested: Attested;
  readonly approved: Approved;
  readonly trusted: Trusted;
  readonly logged: Logged;
  readonly keyed: boolean;
  /** Keys that have followed the given ones count as well. */
  readonly followed: boolean;
}

export function provenBy(found: Found): string[] {
  const { bundle, outcome, described, attested, approved, logged, keyed, followed } = found;
  const given = `the given key${followed ? ', or one that has followed it' : ''}`;
  const { core, coreDigest, beside } = bundle;
  const { log, holds } = logged;
  const by = attested.signers.map(nameOf).join(', ');
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
    ...approved.approvals.map(
      ({ meaning, signer }) =>
        `${signer} signed exactly this version of the blueprint (${meaning}), with the key that the signature names`,
    ),
    ...keysInTime(found).proven,
    ...(log && holds.has('approvals')
      ? [`the log ${log.origin} holds every signature over the blueprint before the admission of the run`]
      : []),
    ...(log && holds.has('end') ? [`the log ${log.origin} holds the event with which the run ended`] : []),
    ...(log && holds.has('core')
      ? [
          `the log ${log.origin} holds the sealing of exactly this core, at ${log.size} entries under ${given}`,
        ]
      : []),
  ];
}

export function notProvenBy(found: Found): string[] {
  const { described, logged, keyed, bundle, approved } = found;
  const { holds } = logged;
  const unlogged = [
    ...(holds.has('end') ? [] : ['the end of the run']),
    ...(holds.has('core') ? [] : ['the sealing of this core']),
  ];
  return [
    ...(described ? [] : ['who made it and when: it carries no signature and no log proof']),
    ...keysInTime(found).notProven,
    ...(approved.approvals.length > 0
      ? ['who is behind a pseudonym that signed the blueprint, and whose key it is that the signature names']
      : []),
    ...(approved.approvals.length > 0 && !holds.has('approvals')
      ? ['that the blueprint was signed before the run was admitted: the installation says so']
      : []),
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
