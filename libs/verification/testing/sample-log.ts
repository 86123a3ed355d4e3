import { DatabaseSync } from 'node:sqlite';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Json, JsonObject } from '#kernel';
import {
  auditLeaf,
  canonicalize,
  encodeBase64,
  encodeEntryBundle,
  encodeTile,
  formatCheckpoint,
  formatVerifierKey,
  leafOf,
  merkleLeafHash,
  merkleRoot,
  parseVerifierKey,
  signNote,
  tilePath,
  tileWidth,
  type LeafSource,
  type Signer,
  type VerifierKey,
} from '#evidence';

/** As the embedded event store lays them out. */
const tables = `PRAGMA journal_mode = WAL;
  CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL REFERENCES names) STRICT;
  CREATE TABLE events (seq INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES streams, revision INTEGER NOT NULL, kind INTEGER NOT NULL REFERENCES names, type INTEGER NOT NULL REFERENCES names, event_id BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
  CREATE UNIQUE INDEX events_by_stream ON events (stream, revision);
  CREATE UNIQUE INDEX events_by_id ON events (event_id, stream);
  CREATE INDEX events_by_kind ON events (kind, seq);`;

export const origin = 'holdfast.test/log';

/** An Ed25519 key that signs, and how others know it. */
export function testSigner(keyName = origin): Signer & { readonly verifier: VerifierKey } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(12);
  return {
    keyName,
    publicKey: raw,
    sign: async (bytes) => sign(null, bytes, privateKey),
    verifier: parseVerifierKey(formatVerifierKey(keyName, raw)),
  };
}

export interface SampleEvent extends LeafSource {
  readonly recordedAt: string;
}

const startMs = Date.parse('2026-01-31T09:30:00.000Z');

type Change = (i: number) => object;

/** Events of streams of seven, written by two instances by turns, a millisecond apart. */
export const sampleEvents = (count: number, change?: Change): SampleEvent[] => [
  ...eachSampleEvent(count, change),
];

export function* eachSampleEvent(count: number, change: Change = () => ({})): Generator<SampleEvent> {
  for (let i = 0; i < count; i++) {
    const run = String(Math.floor(i / 7)).padStart(12, '0');
    const recordedAt = new Date(startMs + i).toISOString();
    const metadata = {
      actor: { id: 'somebody', roles: [], type: 'person' },
      correlationId: `c${run}`,
      ...{ instance: `instance${i % 2}`, instanceOrder: Math.floor(i / 2), recordedAt },
      ...{ schemaVersion: 1, service: 'scheduler', serviceVersion: '0.1.0', ...change(i) },
    };
    yield {
      stream: `run-00000000-0000-5000-8000-${run}`,
      revision: i % 7,
      eventId: `00000000-0000-5000-9000-${String(i).padStart(12, '0')}`,
      type: i % 7 === 0 ? 'RunSubmitted' : 'RunClaimed',
      bytes: Buffer.from(JSON.stringify({ data: { n: i, text: 'x'.repeat(i % 50) }, metadata })),
      recordedAt: metadata.recordedAt,
    };
  }
}

/** In place of the last two events: the first run is held, and its bytes are disposed of all the same. */
export function disposedWhileHeld(events: readonly SampleEvent[]): SampleEvent[] {
  const run = (events[0]?.stream ?? '').slice('run-'.length);
  return inPlaceOfLast(events, [
    ['hold-00000000-0000-5000-8000-000000000001', 'HoldPlaced', { subject: `run-${run}` }],
    [`disposal-${run}`, 'ArtifactsDisposed', { run, early: true, authority: 'case 9', blobs: [] }],
  ]);
}

/** A review of the whole log at each of these sizes, with the root that it has there, or another. */
export function reviewed(
  events: readonly SampleEvent[],
  sizes: readonly (readonly [number, root?: string])[],
) {
  const leaves = events.map((event, i) => merkleLeafHash(auditLeaf(leafOf(i, event))));
  return inPlaceOfLast(
    events,
    sizes.map(([size, root = encodeBase64(merkleRoot(leaves.slice(0, size)))], i) => [
      `review-00000000-0000-5000-8000-00000000000${i}`,
      'TrailReviewed',
      { first: '0', last: String(size - 1), log: { size: String(size), root }, outcome: 'accepted' },
    ]),
  );
}

type Planted = readonly [stream: string, type: string, data: JsonObject];

function inPlaceOfLast(events: readonly SampleEvent[], planted: readonly Planted[]): SampleEvent[] {
  return planted.map(([stream, type, data], i) => {
    const last = events[events.length - planted.length + i] as SampleEvent;
    const { metadata } = JSON.parse(Buffer.from(last.bytes).toString()) as { metadata: object };
    const envelope = { data, metadata: { ...metadata, reason: 'asked for' } };
    const bytes = Buffer.from(canonicalize(envelope as unknown as Json));
    return { ...last, stream, type, revision: 0, bytes };
  });
}

export function writeEventStore(path: string, events: Iterable<LeafSource>): void {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA synchronous = OFF; ${tables} BEGIN`);
  const number = (table: string, more: (name: string) => string = () => '') => {
    const known = new Map<string, number>();
    return (name: string): number => {
      const before = known.get(name) ?? known.size + 1;
      if (before > known.size) {
        known.set(name, before);
        database.prepare(`INSERT INTO ${table} VALUES (?, ?${more(name)})`).run(before, name);
      }
      return before;
    };
  };
  const name = number('names');
  const kindOf = (stream: string) => name(stream.slice(0, stream.indexOf('-')));
  const stream = number('streams', (of) => `, ${kindOf(of)}`);
  const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)');
  let seq = 0;
  for (const event of events) {
    const id = Buffer.from(event.eventId.replaceAll('-', ''), 'hex');
    const [of, type] = [stream(event.stream), name(event.type)];
    insert.run(++seq, of, event.revision, kindOf(event.stream), type, id, event.bytes);
  }
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

/** The log of these events in a folder, with a checkpoint of each size. */
export async function writeLog(
  folder: string,
  events: Iterable<LeafSource>,
  sizes: readonly number[],
  signer: Signer,
): Promise<void> {
  const put = (path: string, bytes: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  };
  const leaves: Uint8Array[] = [];
  let entries: Uint8Array[] = [];
  const putEntries = () => {
    const index = Math.ceil(leaves.length / tileWidth) - 1;
    put(tilePath({ level: 'entries', index, width: entries.length }), encodeEntryBundle(entries));
    entries = [];
  };
  for (const event of events) {
    const entry = auditLeaf(leafOf(leaves.length, event));
    leaves.push(merkleLeafHash(entry));
    if (entries.push(entry) === tileWidth) putEntries();
  }
  if (entries.length > 0) putEntries();
  for (let [height, level] = [0, leaves]; level.length > 0; height++) {
    const above: Uint8Array[] = [];
    for (let index = 0; index * tileWidth < level.length; index++) {
      const hashes = level.slice(index * tileWidth, (index + 1) * tileWidth);
      put(tilePath({ level: height, index, width: hashes.length }), encodeTile(hashes));
      if (hashes.length === tileWidth) above.push(merkleRoot(hashes));
    }
    level = above;
  }
  for (const size of sizes) {
    const root = merkleRoot(leaves.slice(0, size));
    const note = await signNote(formatCheckpoint({ origin, size, root }), [signer]);
    put(`checkpoints/${size}`, note);
    put('checkpoint', note);
  }
}
