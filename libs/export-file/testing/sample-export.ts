import { generateKeyPairSync, sign } from 'node:crypto';
import type { Instant } from '#kernel';
import {
  canonicalBytes,
  edgeRanges,
  formatCheckpoint,
  leafOf,
  auditLeaf,
  merkleLeafHash,
  merkleRoot,
  signNote,
  type Signer,
} from '#evidence';
import { writeExport, type ExportContents, type RangeEvent, type ExportFilter } from '../index.js';

export function newSigner(keyName = 'test.example/log'): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(12);
  return { keyName, publicKey: raw, sign: async (bytes) => sign(null, bytes, privateKey) };
}

const people = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const runs = ['aaaaaaaa-0000-4000-8000-000000000000', 'bbbbbbbb-0000-4000-8000-000000000000'];

/** One event a second, of two people and two runs by turns; some reasons are hostile to spreadsheets and pages. */
export function sampleEvents(count: number): readonly RangeEvent[] {
  const reasons = [
    '',
    '=HYPERLINK("http://x","y")',
    '<script>alert(1)</script>',
    'because "so",\n\tit is',
    '+1',
  ];
  return Array.from({ length: count }, (_, i) => {
    const bytes = canonicalBytes({
      data: { number: i, text: 'ü=“1”' },
      metadata: {
        ...{ actor: { id: people[i % 2] as string, type: 'person', roles: [] }, correlationId: `c-${i}` },
        ...{ reason: reasons[i % 5] as string, recordedAt: at(i), schemaVersion: 1 },
        ...{ service: 'test', serviceVersion: '1' },
      },
    });
    return {
      ...{ index: i, stream: `run-${runs[i % 2]}`, revision: Math.floor(i / 2), bytes },
      type: i % 3 === 0 ? 'Third' : 'Other',
      eventId: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
    };
  });
}

/** When event `i` was recorded. */
export const at = (i: number): Instant => new Date(Date.UTC(2026, 0, 31) + i * 1000).toISOString() as Instant;
export const sampleStream = (i: number): string => `run-${runs[i % 2]}`;
export const samplePerson = (i: number): string => people[i % 2] as string;

interface Sample {
  readonly events: readonly RangeEvent[];
  readonly signer: Signer;
  readonly filter?: ExportFilter;
  readonly first?: number;
  readonly end?: number;
  readonly streams?: ReadonlySet<string>;
  readonly formats?: ExportContents['formats'];
}

/** What the auditor would give to the writer. */
export async function sampleContents(sample: Sample): Promise<ExportContents> {
  const {
    events,
    signer,
    filter = {},
    first = 0,
    end = events.length,
    streams,
    formats = ['csv', 'html'],
  } = sample;
  const hashes = events.map((event) => merkleLeafHash(auditLeaf(leafOf(event.index, event))));
  const root = merkleRoot(hashes);
  const hex = (from: number, to: number) =>
    edgeRanges({ from, to }).map((range) =>
      Buffer.from(merkleRoot(hashes.slice(range.from, range.to))).toString('hex'),
    );
  return {
    about: {
      ...{ format: 'holdfast-audit-export', v: 1, exportedAt: at(events.length), filter },
      record: 'access-00000000-0000-4000-8000-000000000000',
      exportedBy: { id: samplePerson(0), type: 'person' },
      range: { first: String(first), end: String(end), left: hex(0, first), right: hex(end, events.length) },
      log: { origin: signer.keyName, size: String(events.length), root: Buffer.from(root).toString('hex') },
    },
    ...{ streams, formats, signer },
    checkpoint: await signNote(formatCheckpoint({ origin: signer.keyName, size: events.length, root }), [
      signer,
    ]),
    entries: batches(events.slice(first, end)),
  };
}

async function* batches(events: readonly RangeEvent[]): AsyncGenerator<readonly RangeEvent[]> {
  for (let i = 0; i < events.length; i += 7) yield events.slice(i, i + 7);
}

export async function sampleExport(sample: Sample): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(writeExport(await sampleContents(sample))));
}
