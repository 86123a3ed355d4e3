import { DomainError, streamId, type Digest, type StreamId } from '#kernel';
import { parseTree } from '#evidence';
import { runCodec, type EventMetadata } from '#contracts/stored';
import { bundlePaths, parseHistory, type HistoryLine } from '#domain/bundle';
import { parseManifest, type Manifest } from '#domain/manifest';
import type { RunEvent } from '#domain/run';
import type { Position, StoredEvent } from '#event-store';
import type { Provenance } from './provenance.js';

export const runStream = (run: string): StreamId => streamId('run', run);
export const bundleStream = (run: string): StreamId => streamId('bundle', run);

export const terminalTypes = ['RunCompleted', 'RunFailed', 'RunCancelled'] as const;

export interface RecordedEvent {
  readonly eventId: string;
  readonly event: RunEvent;
  readonly metadata: EventMetadata;
}

/** Everything that is known of one run, read from the memory or from an imported bundle. */
export interface RunHistory {
  readonly run: string;
  readonly namespace: string;
  /** As stored, for the bundle; up to and with the terminal event. */
  readonly lines: readonly HistoryLine[];
  readonly recorded: readonly RecordedEvent[];
  readonly events: readonly RunEvent[];
  /** How it ended. */
  readonly terminal?: RecordedEvent;
  /** Absent: it was refused. */
  readonly admitted?: Extract<RunEvent, { type: 'RunAdmitted' }>;
  readonly imported: boolean;
  /** Where it was admitted, in the store; absent of a run that was imported or refused. */
  readonly admittedAt?: Position;
}

/** Largest of manifests, lists of members and histories that are read in one go. */
const mostBytes = { manifest: 4 * 2 ** 20, tree: 64 * 2 ** 20, history: 256 * 2 ** 20 } as const;

/** A run of this server, up to the revision that is given, or of an imported bundle. @throws RUN_NOT_FOUND */
export async function readRun(provenance: Provenance, run: string, last = Infinity): Promise<RunHistory> {
  const { eventStore } = provenance.runtime.engines;
  const stored = (await Array.fromAsync(eventStore.readStream(runStream(run), { limit: last + 1 }))).flat();
  if (stored.length > 0) {
    const lines = stored.map(lineOf);
    const admittedAt = stored.find(({ type }) => type === 'RunAdmitted')?.position;
    const history = historyOf(run, lines, false, (i) => (stored[i] as StoredEvent).bytes);
    return { ...history, ...(admittedAt === undefined ? {} : { admittedAt }) };
  }
  const imported = await importedLines(provenance, run);
  if (imported !== undefined)
    return { ...historyOf(run, imported.lines, true), namespace: imported.namespace };
  throw new DomainError(
    'not-found',
    'RUN_NOT_FOUND',
    `there is no run ${run} here; \`holdfast runs\` lists them`,
  );
}

export const lineOf = ({ stream, revision, eventId, type, bytes }: StoredEvent): HistoryLine => ({
  ...{ stream, revision, eventId, type },
  envelope: decoder.decode(bytes),
});

async function importedLines({ bundles, runtime }: Provenance, run: string) {
  const { artifacts } = runtime.engines;
  const { state } = await bundles.load(bundleStream(run));
  if (state.status === 'absent') return undefined;
  const { namespace, core } = state.bundle;
  const { entries } = parseTree(await artifacts.read(core, mostBytes.tree));
  const member = entries.find(({ path }) => path === bundlePaths.history);
  if (member === undefined)
    throw new DomainError('integrity', 'BUNDLE_INVALID', `the bundle of run ${run} has no history`);
  return { namespace, lines: parseHistory(await artifacts.read(member.digest, mostBytes.history)) };
}

/** @throws UNKNOWN_EVENT, EVENT_CORRUPT */
export function historyOf(
  run: string,
  all: readonly HistoryLine[],
  imported: boolean,
  bytesOf = (i: number): Uint8Array => encoder.encode((all[i] as HistoryLine).envelope),
): RunHistory {
  const end = all.findIndex(({ type }) => (terminalTypes as readonly string[]).includes(type));
  const lines = end === -1 ? all : all.slice(0, end + 1);
  const recorded = lines.map(({ eventId, type }, i) => ({ eventId, ...runCodec.decode(type, bytesOf(i)) }));
  const events = recorded.map(({ event }) => event);
  const submitted = events.find((event) => event.type === 'RunSubmitted');
  const admitted = events.find((event) => event.type === 'RunAdmitted');
  const terminal = end === -1 ? undefined : recorded.at(-1);
  return {
    run,
    namespace: submitted?.namespace ?? '',
    lines,
    recorded,
    events,
    ...(terminal ? { terminal } : {}),
    ...(admitted ? { admitted } : {}),
    imported,
  };
}

/** @throws RUN_NOT_ADMITTED, BLOB_NOT_FOUND, MANIFEST_INVALID */
export async function manifestOf(
  { runtime }: Provenance,
  { run, admitted }: RunHistory,
): Promise<{ readonly digest: Digest; readonly manifest: Manifest; readonly sizeBytes: number }> {
  if (admitted === undefined)
    throw new DomainError('rule', 'RUN_NOT_ADMITTED', `run ${run} was refused: it has no manifest`);
  const bytes = await runtime.engines.artifacts.read(admitted.manifest, mostBytes.manifest);
  return { digest: admitted.manifest, manifest: parseManifest(bytes), sizeBytes: bytes.length };
}

/** `completed`, `failed`, `cancelled`; `open` while it has not ended, `rejected` when it was refused. */
export function outcomeOf({ terminal, events }: RunHistory): string {
  if (terminal) return terminal.event.type.slice('Run'.length).toLowerCase();
  return events.some(({ type }) => type === 'RunRejected') ? 'rejected' : 'open';
}

const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();
