import { isDomainError, type JsonObject } from '#kernel';
import { parseJson } from '#evidence';
import type { FoundEvent, KeepingEvent } from './event-source.js';

/** Kinds of streams that say what is kept, and what went. */
export const keepingKinds = ['disposal', 'hold', 'retention'] as const;

export const isKeeping = (stream: string): boolean =>
  (keepingKinds as readonly string[]).includes(stream.slice(0, stream.indexOf('-')));

type Parsed = Pick<KeepingEvent, 'data' | 'metadata'>;

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

export function keepingEvent({ bytes, ...event }: FoundEvent): KeepingEvent {
  const { data, metadata } = parsed(bytes);
  const { blobs: _, gone, ...rest } = data;
  return { ...event, data: { ...rest, gone: Array.isArray(gone) ? gone.length : 0 }, metadata };
}

export const objectIn = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

export const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');
