import { epochMs, toInstant, type Digest, type Instant } from '#kernel';
import type { Tree, TreeEntry } from '#evidence';
import type { Manifest } from '#domain/manifest';
import type { Output, RunEvent } from '#domain/run';
import { entriesBelow, entryAt, stepFolder } from '../members.js';

export type StepEvent = Extract<RunEvent, { type: 'StepCompleted' | 'StepFailed' }>;

/** The version that was run, as it was declared here: who decided on it, when and why. */
export interface DeclaredVersion {
  readonly number: number;
  readonly why: string;
  readonly at: Instant;
  readonly eventId: string;
  /** A pseudonym. */
  readonly actor: string;
}

/** That somebody put their name to the version, before the run was admitted. */
export type Approval = {
  readonly event: string;
  /** `approval`, `review` or `responsibility`. */
  readonly meaning: string;
  /** A pseudonym. */
  readonly signer: string;
  readonly signedAt: Instant;
};

/** What the descriptions of a run are made of; all of it is in the members, or follows from them. */
export interface RunRecord {
  readonly run: string;
  readonly namespace: string;
  readonly manifest: Manifest;
  readonly manifestDigest: Digest;
  readonly reproducibilityKey: Digest;
  readonly events: readonly RunEvent[];
  /** Who submitted it: a pseudonym; and the release that took it. */
  readonly actor: { readonly id: string; readonly type: string };
  readonly release: string;
  readonly version?: DeclaredVersion;
  readonly approvals?: readonly Approval[];
  /** Every member but the descriptions. */
  readonly members: Tree;
}

/** One process that ran: a step, or one fold of it, in one attempt. */
export interface Execution {
  readonly folder: string;
  readonly step: StepEvent;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** Of the attempt that the run's end is about. */
  readonly counts: boolean;
}

export interface RunTimes {
  readonly startedAt: Instant;
  readonly endedAt: Instant;
}

export type Outcome = 'completed' | 'failed' | 'cancelled';

type Ended = Extract<RunEvent, { type: 'RunCompleted' | 'RunFailed' | 'RunCancelled' }>;

const endOf = (events: readonly RunEvent[]): Ended | undefined =>
  events.find(
    (event) => event.type === 'RunCompleted' || event.type === 'RunFailed' || event.type === 'RunCancelled',
  );

export const outcomeOf = ({ events }: Pick<RunRecord, 'events'>): Outcome =>
  (endOf(events)?.type.slice('Run'.length).toLowerCase() ?? 'cancelled') as Outcome;

/** From the first start, or from when it was submitted where it never started. */
export function timesOf({ events }: Pick<RunRecord, 'events'>): RunTimes {
  const started = events.find((event) => event.type === 'RunStarted')?.at;
  const submitted = events.find((event) => event.type === 'RunSubmitted')?.submittedAt;
  const endedAt = endOf(events)?.at;
  const any = started ?? submitted ?? endedAt ?? toInstant(0);
  return { startedAt: any, endedAt: endedAt ?? any };
}

/** In the order of history. */
export function executionsOf({ events }: Pick<RunRecord, 'events'>): Execution[] {
  const last = endOf(events)?.epoch;
  return events
    .filter((event) => event.type === 'StepCompleted' || event.type === 'StepFailed')
    .map((step) => ({
      folder: stepFolder(step),
      step,
      startedAt: toInstant(epochMs(step.at) - step.durationMs),
      endedAt: step.at,
      counts: step.epoch === last,
    }));
}

/** Where an output is among the members; a folder's path ends in `/`. */
export const outputPath = ({ folder }: Pick<Execution, 'folder'>, { path, kind }: Output): string =>
  `${folder}/outputs/${path}${kind === 'tree' ? '/' : ''}`;

/** The files that an output consists of, among the members. */
export function outputFiles(members: Tree, { folder }: Execution, { path, kind }: Output): TreeEntry[] {
  const at = `${folder}/outputs/${path}`;
  const found = kind === 'tree' ? entriesBelow(members, at) : [entryAt(members, at) ?? []].flat();
  return found.filter(({ target }) => target === undefined);
}

/** Bytes of a description: members in the order of the code that writes it, which is always the same. */
export const jsonBytes = (value: object): Uint8Array => encoder.encode(JSON.stringify(value));
export const jsonLines = (values: readonly object[]): Uint8Array =>
  encoder.encode(values.map((value) => `${JSON.stringify(value)}\n`).join(''));

const encoder = new TextEncoder();

export const bytesUriPrefix = 'ni:///sha-256;';

/** Address of something by its bytes alone, wherever they are (RFC 6920). */
export function bytesUri(digest: Digest): string {
  const hex = digest.slice('sha256:'.length);
  let binary = '';
  for (let i = 0; i < hex.length; i += 2) binary += String.fromCharCode(parseInt(hex.slice(i, i + 2), 16));
  const text = btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return `${bytesUriPrefix}${text}`;
}

export const hexOf = (digest: Digest): string => digest.slice('sha256:'.length);
/** Standards that ask for a numeric offset. */
export const withOffset = (at: Instant): string => at.replace(/Z$/, '+00:00');
/** A path as a relative URI. */
export const pathUri = (path: string): string => path.split('/').map(encodeURIComponent).join('/');
