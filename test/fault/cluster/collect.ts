import { isDomainError, streamKind, streamUuid, systemClock, type Digest, type JsonObject } from '#kernel';
import { digestBytes } from '#evidence';
import { decodeEnvelope, type Envelope } from '#contracts/stored';
import type { ArtifactStore } from '#artifact-store';
import type { EventStore, StoredEvent } from '#event-store';
import { findingsOfLog } from '../../support/verified-log.js';
import { keepers, rebuiltModels } from '../../support/rebuild-all.js';
import { streamOwners } from '../../support/stream-owners.js';
import type { BlobFact, Facts, StoredFact } from './facts.js';
import type { Installation } from './installation.js';
import type { Load } from './load.js';
import { readTopics, waitingIn } from './topics.js';

/** How long what follows from the last run may take. */
const patienceMs = 180_000;

const topicOf = (service: string): string => `holdfast.${service}.v1`;
const owners = new Map(
  Object.entries(streamOwners).flatMap(([service, kinds]) =>
    kinds.map((kind): [string, string] => [kind, topicOf(service)]),
  ),
);
type Data = JsonObject & {
  readonly epoch?: number;
  readonly failure?: { readonly class: string };
  readonly outputs?: readonly { readonly digest: Digest }[];
  readonly undeclared?: readonly { readonly digest: Digest }[];
  readonly core?: Digest;
  readonly subject?: string;
  readonly blobs?: readonly { readonly digest: Digest }[];
  readonly left?: number;
  readonly at?: string;
};

interface Named {
  /** The event that names it first. */
  readonly by: string;
  readonly of: Set<string>;
  /** When the last tombstone that names it was set. */
  disposedAt?: string | undefined;
}

interface Read {
  readonly facts: readonly StoredFact[];
  readonly named: ReadonlyMap<Digest, Named>;
}

function* blobsIn(type: string, data: Data): Generator<Digest> {
  for (const { digest } of [...(data.outputs ?? []), ...(data.undeclared ?? [])]) yield digest;
  for (const log of ['stdout', 'stderr', 'metrics'] as const) {
    const blob = data[log] as { readonly digest?: Digest } | undefined;
    if (type.startsWith('Step') && blob?.digest !== undefined) yield blob.digest;
  }
  if (type === 'BundleSealed' && data.core !== undefined) yield data.core;
}

function factOf(
  { eventId, stream, revision, type }: StoredEvent,
  { epoch, failure, subject, blobs, left }: Data,
): StoredFact {
  const topic = owners.get(streamKind(stream)) ?? 'nobody';
  return {
    ...{ eventId, stream, revision, type, topic },
    ...(epoch === undefined ? {} : { epoch }),
    ...(failure === undefined ? {} : { failure: failure.class }),
    ...(type === 'HoldPlaced' ? { holds: subject ?? '' } : {}),
    ...(type === 'ArtifactsDisposed' ? { blobs: (blobs ?? []).map(({ digest }) => digest) } : {}),
    ...(type === 'DisposalFinished' ? { left: left ?? 0 } : {}),
  };
}

async function readStore(eventStore: EventStore): Promise<Read> {
  const [facts, named] = [[] as StoredFact[], new Map<Digest, Named>()];
  const note = (digest: Digest, { type, stream }: StoredEvent): Named => {
    const known = named.get(digest) ?? { by: `${type} of ${stream}`, of: new Set() };
    named.set(digest, known);
    return known;
  };
  for await (const events of eventStore.readAll())
    for (const event of events) {
      const data = (decodeEnvelope(event.bytes) as Envelope).data as Data;
      facts.push(factOf(event, data));
      for (const digest of blobsIn(event.type, data)) note(digest, event).of.add(streamUuid(event.stream));
      if (event.type === 'ArtifactsDisposed')
        for (const { digest } of data.blobs ?? []) note(digest, event).disposedAt = data.at;
    }
  return { facts, named };
}

/** Of S3, to the second. */
async function isNewer(artifacts: ArtifactStore, digest: Digest, at: string): Promise<boolean> {
  const found = await artifacts.stat(digest);
  return found !== undefined && found.storedAt.slice(0, 19) >= at.slice(0, 19);
}

async function digestIn(artifacts: ArtifactStore, digest: Digest): Promise<string> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of artifacts.get(digest)) parts.push(part);
  } catch (error) {
    return isDomainError(error) ? error.code : String(error);
  }
  return digestBytes(Buffer.concat(parts));
}

async function parkedIn({ connection }: Installation): Promise<Facts['parked']> {
  const found: { reactor: string; event: string; reason: string }[] = [];
  for (const service of keepers) {
    const { parked } = await connection[service].listParked({ pageSize: 100, pageToken: '' });
    for (const { reactor, type, stream, reason } of parked)
      found.push({ reactor, event: `${type} of ${stream}`, reason });
  }
  return found;
}

/** Until every run that is over has its bundle and every tombstone its end, or nothing has come of it for too long. */
async function untilDone({ seen, watch }: Installation): Promise<void> {
  const stop = new AbortController();
  const timer = systemClock.after(patienceMs, () => stop.abort());
  const open = new Set<string>();
  let [sealed, isCaughtUp] = [0, false];
  for await (const item of seen.eventStore.subscribe({
    kinds: ['bundle', 'disposal'],
    signal: stop.signal,
  })) {
    if (item.kind === 'caught-up') isCaughtUp = true;
    for (const { stream, type } of item.kind === 'events' ? item.events : []) {
      if (type === 'BundleSealed') sealed += 1;
      else if (type === 'ArtifactsDisposed') open.add(stream);
      else open.delete(stream);
    }
    if (isCaughtUp && sealed >= watch.over().size && open.size === 0) break;
  }
  timer();
  stop.abort();
}

/** The store and the topics, until nothing has been stored while the topics were read. */
async function readAndTold({ seen, engines }: Installation): Promise<Read & Pick<Facts, 'told'>> {
  for (let read = await readStore(seen.eventStore); ;) {
    const expected = new Map(read.facts.map(({ eventId, topic }) => [eventId, topic]));
    const told = await readTopics(engines.kafka, keepers.map(topicOf), expected);
    const again = await readStore(seen.eventStore);
    if (again.facts.length === read.facts.length) return { ...read, told };
    read = again;
  }
}

/** All of it, once the load is over and every service is ready. @param lap is told of each part that is done */
export async function collect(
  installation: Installation,
  { submitted, retired }: Load,
  lap: (part: string) => void,
): Promise<Omit<Facts, 'explained'>> {
  const { seen, engines, ended } = installation;
  await untilDone(installation);
  lap('done');
  const { facts: events, named, told } = await readAndTold(installation);
  lap('topics');
  const blobs: BlobFact[] = [];
  for (const [digest, { by, of, disposedAt }] of named) {
    const found = await digestIn(seen.artifacts, digest);
    const newer = disposedAt !== undefined && (await isNewer(seen.artifacts, digest, disposedAt));
    blobs.push({ named: digest, by, of: [...of], found, ...(newer ? { isNewer: newer } : {}) });
  }
  lap('blobs');
  const projections = await Array.fromAsync(rebuiltModels(...installation.byScheduler));
  lap('rebuilds');
  const audit = await findingsOfLog(installation.connection);
  lap('audit');
  return {
    ...{ submitted, retired, events, told, blobs, projections, audit, ended: [...ended] },
    waiting: await waitingIn(engines.kafka),
    parked: await parkedIn(installation),
  };
}
