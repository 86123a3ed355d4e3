import { DomainError, type Digest, type JsonObject } from '#kernel';
import type { Tree } from '#evidence';
import { blueprintCodec } from '#contracts/stored';
import { blueprintStream } from '#domain/blueprint';
import {
  descriptionPaths,
  describeRun,
  sbomBytes,
  withMembers,
  type Approval,
  type DeclaredVersion,
  type HistoryLine,
} from '#domain/bundle';
import type { Manifest } from '#domain/manifest';
import type { Provenance } from './provenance.js';
import { lineOf, type RunHistory } from './run-history.js';
import { signStatements } from './sign-statements.js';

/** A version as it was declared here, with its document. */
export interface Declared extends DeclaredVersion {
  readonly document: Digest;
  readonly line: HistoryLine;
}

const mostRemembered = 1000;
const mostSboms = 100;

/**
 * The members with those that describe them, and the new bytes of the latter. A pure function of the run and the signing key; what
 * several runs have in common is made once.
 */
export async function describeCore(
  provenance: Provenance,
  history: RunHistory,
  parts: {
    readonly manifest: Manifest;
    readonly manifestDigest: Digest;
    readonly members: Tree;
    readonly fingerprint?: Digest;
    readonly declared?: Declared;
    readonly approvals: readonly Approval[];
  },
): Promise<{ readonly core: Tree; readonly documents: readonly Uint8Array[] }> {
  const { manifest, manifestDigest, declared, approvals, fingerprint } = parts;
  const sbom = fingerprint === undefined ? undefined : await sbomOf(provenance, fingerprint);
  const members = sbom ? withMembers(parts.members, [[descriptionPaths.sbom, sbom]]) : parts.members;
  const [submitted] = history.recorded;
  if (submitted === undefined || history.admitted === undefined)
    throw new DomainError('bug', 'HISTORY_EMPTY', 'a run that was read has a history');
  const { actor, serviceVersion } = submitted.metadata;
  const described = describeRun({
    ...{ run: history.run, namespace: history.namespace, manifest, manifestDigest, members },
    reproducibilityKey: history.admitted.reproducibilityKey,
    events: history.events,
    ...{ actor, release: serviceVersion, approvals },
    ...(declared ? { version: declared } : {}),
  });
  const envelopes = await signStatements(provenance, described.statements);
  return {
    core: withMembers(described.core, [[descriptionPaths.attestations, envelopes]]),
    documents: [...(sbom ? [sbom] : []), ...described.documents, envelopes],
  };
}

/** Runs in one environment have one list of its software. */
async function sbomOf({ runtime, sboms }: Provenance, fingerprint: Digest): Promise<Uint8Array> {
  const known = sboms.get(fingerprint);
  if (known !== undefined) return known;
  const text = new TextDecoder().decode(await runtime.engines.artifacts.read(fingerprint));
  const bytes = sbomBytes({ digest: fingerprint, document: JSON.parse(text) as JsonObject });
  if (sboms.size >= mostSboms) sboms.clear();
  sboms.set(fingerprint, bytes);
  return bytes;
}

/** What was declared, when the version was declared here; a run of an imported manifest has none. */
export async function declaredVersion(
  { runtime, versions }: Provenance,
  { declared }: Manifest,
): Promise<Declared | undefined> {
  const { namespace, name, version } = declared.blueprint;
  const whole = `${namespace}/${name}@${version}`;
  const known = versions.get(whole);
  if (known !== undefined) return known;
  for await (const batch of runtime.engines.eventStore.readStream(blueprintStream(namespace, name)))
    for (const stored of batch) {
      const { event, metadata } = blueprintCodec.decode(stored.type, stored.bytes);
      if (event.version !== version) continue;
      if (versions.size >= mostRemembered) versions.clear();
      const { number, why, at, document } = event;
      const line = lineOf(stored);
      const { eventId } = line;
      const found = { number, why, at, eventId, actor: metadata.actor.id, document: document.digest, line };
      versions.set(whole, found);
      return found;
    }
  return undefined;
}
