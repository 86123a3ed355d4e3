import { assertNoProblems, streamId, streamKind, streamUuid, type Digest, type StreamId } from '#kernel';
import type { provenance as proto } from '#contracts';
import type { CallContext } from '#platform';
import { nameProblems } from '#service';
import { openBlobGraph } from './blob-graph.js';
import type { Provenance } from './provenance.js';
import type { ReferenceDocument } from './reference.projection.js';
import { readRun } from './run-history.js';

/** Owners answered with: those that take most. */
const mostOwners = 10_000;
/** Imported runs whose history is read for their name. */
const mostNamed = 1_000;

interface Owner {
  readonly stream: StreamId;
  namespace: string | null;
  name: string | null;
  readonly roots: Set<Digest>;
}

/**
 * Who takes how much. A run and its bundle are one owner; bytes that several refer to count for each, and as exclusive for none.
 * Without a namespace all of them are told.
 */
export async function getUsage(
  provenance: Provenance,
  { namespace }: proto.GetUsageRequest,
  context: CallContext,
): Promise<proto.GetUsageResponse> {
  assertNoProblems(namespace === '' ? [] : nameProblems('namespace', namespace), 'INVALID_REQUEST');
  await provenance.runtime.reached({ ...context, projections: ['references'] });
  const { artifacts } = provenance.runtime.engines;
  const graph = openBlobGraph(artifacts);
  const owners = await allOwners(provenance);
  /** The one owner of a blob; null when there are several. */
  const holders = new Map<Digest, Owner | null>();
  const totals = new Map<Owner, { blobs: number; bytes: number; exclusive: number }>();
  for (const [index, owner] of owners.entries()) {
    if (context.signal.aborted) throw context.signal.reason;
    // What was read before is known at once: others get their turn all the same.
    if (index % 100 === 99) await provenance.clock.sleep(0);
    const reached = new Set<Digest>();
    await graph.reach(owner.roots, reached);
    let bytes = 0;
    for (const digest of reached) {
      bytes += (await graph.node(digest))?.sizeBytes ?? 0;
      holders.set(digest, holders.has(digest) ? null : owner);
    }
    totals.set(owner, { blobs: reached.size, bytes, exclusive: 0 });
  }
  for (const [digest, holder] of holders) {
    const total = holder && totals.get(holder);
    if (total) total.exclusive += (await graph.node(digest))?.sizeBytes ?? 0;
  }
  const sums = { totalBytes: 0, totalBlobs: 0, unreferencedBytes: 0, unreferencedBlobs: 0 };
  for await (const { digest, sizeBytes } of artifacts.list()) {
    sums.totalBlobs++;
    sums.totalBytes += sizeBytes;
    if (holders.has(digest)) continue;
    sums.unreferencedBlobs++;
    sums.unreferencedBytes += sizeBytes;
  }
  await nameImported(provenance, owners);
  const rows = owners
    .filter((owner) => namespace === '' || owner.namespace === namespace)
    .map((owner) => toUsage(owner, totals.get(owner) ?? { blobs: 0, bytes: 0, exclusive: 0 }))
    .filter(({ blobs }) => blobs > 0)
    .sort((a, b) => b.bytes - a.bytes || (a.owner < b.owner ? -1 : 1));
  return { owners: rows.slice(0, mostOwners), ...sums };
}

/** A run that came in with a bundle has its name in there. */
async function nameImported(provenance: Provenance, owners: readonly Owner[]): Promise<void> {
  const nameless = owners.filter(({ stream, name }) => name === null && streamKind(stream) === 'run');
  for (const owner of nameless.slice(0, mostNamed)) {
    const { events } = await readRun(provenance, streamUuid(owner.stream));
    const submitted = events.find((event) => event.type === 'RunSubmitted');
    owner.name = submitted ? `${submitted.blueprint.name}, imported` : null;
  }
}

async function allOwners({ views }: Provenance): Promise<Owner[]> {
  const owners = new Map<StreamId, Owner>();
  for await (const batch of views.references.scan())
    for (const document of batch) {
      const stream = ownerOf(document.stream);
      const owner = owners.get(stream) ?? { stream, namespace: null, name: null, roots: new Set() };
      for (const digest of [...document.blobs, ...document.mentions]) owner.roots.add(digest);
      owners.set(stream, named(owner, document));
    }
  return [...owners.values()];
}

/** A bundle is its run's. */
const ownerOf = (stream: StreamId): StreamId =>
  streamKind(stream) === 'bundle' ? streamId('run', streamUuid(stream)) : stream;

/** What the stream itself says comes before what another stream says of it. */
function named(owner: Owner, { stream, namespace, name }: ReferenceDocument): Owner {
  const own = stream === owner.stream;
  owner.namespace = (own ? namespace : null) ?? owner.namespace ?? namespace;
  owner.name = (own ? name : null) ?? owner.name ?? name;
  return owner;
}

function toUsage(
  { stream, namespace, name }: Owner,
  { blobs, bytes, exclusive }: { readonly blobs: number; readonly bytes: number; readonly exclusive: number },
): proto.Usage {
  const kind = streamKind(stream);
  const short = streamUuid(stream).slice(0, 8);
  const whole = name !== null && !name.includes('/') && namespace !== null ? `${namespace}/${name}` : name;
  const shown = ['blueprint', 'dataset', 'knob', 'environment'].includes(kind)
    ? `${kind} ${whole ?? short}`
    : `${kind} ${short}${whole === null ? '' : ` of ${whole}`}`;
  return { owner: stream, name: shown, blobs, bytes, exclusiveBytes: exclusive };
}
