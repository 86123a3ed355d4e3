import { isDomainError, type JsonObject } from '#kernel';
import { parseJson } from '#evidence';
import type { FoundEvent, JudgedEvent, StreamEvent } from './event-source.js';

/** Kinds of streams whose events are judged by what they say: what is kept, what went, who reviewed which part of the log. */
const judgedKinds = ['disposal', 'hold', 'retention', 'review'] as const;
export type JudgedKind = (typeof judgedKinds)[number];

/** What of a history is judged, and what that is judged by. */
export interface JudgedHistory {
  /** Events of these kinds, in the order of the store. */
  judged(kinds: readonly JudgedKind[]): AsyncIterable<JudgedEvent>;
  /** One event of a stream, the last one for −1; undefined where it is not there. */
  event(stream: string, revision: number): Promise<StreamEvent | undefined>;
}

export const isJudged = (stream: string, kinds: readonly JudgedKind[] = judgedKinds): boolean =>
  (kinds as readonly string[]).includes(stream.slice(0, stream.indexOf('-')));

type Parsed = Pick<JudgedEvent, 'data' | 'metadata'>;

/** Of bytes that cannot be read it is as if they said nothing: whether they are what they were the log says. */
export function parsed(bytes: Uint8Array): Parsed {
  try {
    const { data, metadata } = parseJson(bytes) as { readonly [key in keyof Parsed]?: unknown };
    return { data: objectIn(data), metadata: objectIn(metadata) };
  } catch (error) {
    if (isDomainError(error) || error instanceof TypeError) return { data: {}, metadata: {} };
    throw error;
  }
}

export function judgedEvent({ bytes, ...event }: FoundEvent): JudgedEvent {
  const { data, metadata } = parsed(bytes);
  const { blobs: _, gone, ...rest } = data;
  return { ...event, data: { ...rest, gone: Array.isArray(gone) ? gone.length : 0 }, metadata };
}

export const objectIn = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

export const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');
