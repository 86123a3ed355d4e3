import { DomainError, type Digest, type Instant, type JsonObject } from '#kernel';
import { canonicalBytes, parseJson } from '#evidence';
import { manifestSchema } from './manifest-schema.js';

/** Names of the members of an export. Any other name is refused. */
export const names = {
  manifest: 'export.json',
  signature: 'export.dsse.json',
  checkpoint: 'checkpoint',
  events: 'events.jsonl',
  leaves: 'leaves.jsonl',
  streams: 'streams.txt',
  csv: 'events.csv',
  html: 'report.html',
  /** Of a named edition, and outside of what is signed: who people are and what they said, opened. */
  named: 'named.jsonl',
} as const;

/** DSSE payload type of the manifest. */
export const payloadType = 'application/vnd.holdfast.audit-export+json';
export const formats = ['jsonl', 'csv', 'html'] as const;
export type ExportFormat = (typeof formats)[number];

/** What was asked for, as it was asked. Absent means all. */
export type ExportFilter = {
  /** Recorded at or after. */
  readonly recordedFrom?: Instant;
  /** Recorded before. */
  readonly recordedTo?: Instant;
  readonly fromIndex?: string;
  /** Inclusive. */
  readonly toIndex?: string;
  readonly actor?: string;
  readonly types?: readonly string[];
  readonly namespace?: string;
  readonly runs?: readonly string[];
  readonly blueprints?: readonly string[];
  readonly study?: string;
};

export type ExportMember = { readonly path: string; readonly sizeBytes: string; readonly digest: Digest };

/** Which events an export tells of, and which hashes of the log stand for those before and after. Indexes are decimal. */
export type ExportRange = {
  readonly first: string;
  /** Exclusive; `first` when there is nothing in the range. */
  readonly end: string;
  /** Hashes, hex, of the greatest whole subtrees of `[0, first)`, the leftmost first. */
  readonly left: readonly string[];
  /** The same of `[end, size of the log)`. */
  readonly right: readonly string[];
};

/** What an export says of itself, all but its members; the readable report is made of it. */
export type ExportAbout = {
  readonly format: 'holdfast-audit-export';
  readonly v: 1;
  /** Stream in which taking it was recorded. */
  readonly record: string;
  readonly exportedAt: Instant;
  readonly exportedBy: { readonly id: string; readonly type: string };
  readonly reason?: string;
  readonly filter: ExportFilter;
  readonly range: ExportRange;
  readonly events: string;
  readonly others: string;
  readonly types: Readonly<Record<string, string>>;
  /** The earliest and the latest time of its events; absent without any. */
  readonly recorded?: { readonly earliest: string; readonly latest: string };
  readonly log: { readonly origin: string; readonly size: string; readonly root: string };
  /** Statements by which one key of the log followed another, oldest first; absent while it has had one. */
  readonly rotations?: readonly string[];
};

/** The signed part: it names everything else by digest. */
export type ExportManifest = ExportAbout & { readonly members: readonly ExportMember[] };

export const manifestBytes = (manifest: ExportManifest): Uint8Array =>
  canonicalBytes(manifest as unknown as JsonObject);

/** @throws EXPORT_INVALID, with every problem */
export function parseManifest(bytes: Uint8Array): ExportManifest {
  const { success, data, error } = manifestSchema.safeParse(parseJson(bytes));
  if (success) return data as unknown as ExportManifest;
  const problems = error.issues.slice(0, 100).map(({ path, message }) => ({
    code: 'EXPORT_INVALID',
    field: `${names.manifest}:${path.map(String).join('.')}`,
    message,
  }));
  const [first] = problems;
  throw new DomainError('integrity', 'EXPORT_INVALID', `${first?.field} ${first?.message}`, { problems });
}
