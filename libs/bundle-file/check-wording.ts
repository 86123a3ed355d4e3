import type { Instant, Json } from '#kernel';
import { digestBytes } from '#evidence';
import {
  bundlePaths,
  crateBytes,
  descriptionPaths,
  entryAt,
  lineageBytes,
  provBytes,
  sbomBytes,
  statementsOf,
  type DeclaredVersion,
  type RunRecord,
} from '#domain/bundle';
import type { Attested } from './check-attestations.js';
import { eventOf } from './check-story.js';
import type { Told } from './claims.js';
import { at, textOf } from './hostile-json.js';
import type { OpenBundle } from './read-bundle.js';

const { crate, prov, openlineage, sbom, attestations } = descriptionPaths;
const mostBytes = 64 * 2 ** 20;

/**
 * Descriptions that this release would write otherwise of the same manifest, history and files. No fault: another release words them
 * otherwise; but nothing beyond what else was checked is proven of them then.
 */
export async function otherwiseWorded(
  bundle: OpenBundle,
  story: Told,
  { statements }: Attested,
): Promise<readonly string[]> {
  const { core } = bundle;
  const without = (...paths: readonly string[]) => ({
    entries: core.entries.filter(({ path }) => !paths.includes(path)),
  });
  const record = recordOf(story, statements[0]?.predicate);
  const isOther = (path: string, bytes: Uint8Array) => entryAt(core, path)?.digest !== digestBytes(bytes);
  const members = without(crate, attestations);
  const own = { ...record, members: without(crate, attestations, prov, openlineage) };
  const fingerprint = entryAt(core, bundlePaths.fingerprint);
  const software = async (digest: string) => {
    const document = JSON.parse(decoder.decode(await bundle.bytes(bundlePaths.fingerprint, mostBytes)));
    return isOther(sbom, sbomBytes({ digest, document } as Parameters<typeof sbomBytes>[0]));
  };
  const crateDigest = entryAt(core, crate)?.digest;
  const due = crateDigest ? statementsOf(own, crateDigest) : [];
  return [
    ...(isOther(crate, crateBytes({ ...record, members })) ? [crate] : []),
    ...(isOther(prov, provBytes(own)) ? [prov] : []),
    ...(isOther(openlineage, lineageBytes(own)) ? [openlineage] : []),
    ...(fingerprint && (await software(fingerprint.digest)) ? [sbom] : []),
    ...(JSON.stringify(due) === JSON.stringify(statements) ? [] : [attestations]),
  ];
}

const decoder = new TextDecoder();

/** What a statement says of the version is taken as it is said: it is proven elsewhere, or not at all. */
function recordOf(story: Told, predicate: Json | undefined): Omit<RunRecord, 'members'> {
  const { run, manifest, manifestDigest, reproducibilityKey, approvals, release, events, actor } = story;
  const said = at(predicate, 'blueprint');
  const version = {
    ...{ number: at(said, 'number'), why: '', at: at(said, 'declaredAt') as Instant },
    ...{ actor: at(said, 'declaredBy'), eventId: at(said, 'event') },
  } as DeclaredVersion;
  return {
    ...{ run, manifest, manifestDigest, reproducibilityKey, approvals, release },
    namespace: textOf(at(events[0]?.data, 'namespace')),
    events: events.map(eventOf),
    actor: { id: actor, type: textOf(at(events[0]?.metadata, 'actor', 'type')) },
    ...(version.number === undefined ? {} : { version }),
  };
}
