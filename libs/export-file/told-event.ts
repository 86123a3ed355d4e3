import { isSealedText, type Json } from '#kernel';
import type { EnvelopeText } from './event-line.js';
import type { Leaf } from './leaf.js';

/** An event as the renderings tell of it; texts are empty where nothing is known. */
export interface ToldEvent {
  readonly leaf: Leaf;
  readonly actor: { readonly id: string; readonly type: string; readonly roles: readonly string[] };
  readonly reason: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly service: string;
  readonly serviceVersion: string;
  /** JSON, as it is stored. */
  data(): string;
}

type Fields = Readonly<Record<string, unknown>>;
const object = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What is told of a reason under a person's key; events.jsonl has its bytes. */
export const sealed = '(sealed)';

export const [opening, between] = ['{"data":', ',"metadata":{'] as const;

/** What an envelope says. Nothing is believed of what it holds; of one that is no envelope, nothing is told. */
export function toldEvent(leaf: Leaf, envelope: EnvelopeText | undefined): ToldEvent {
  // Keys are in order and quotes in texts escaped, so from the end the first such key is the metadata's own.
  const whole = envelope?.text ?? '';
  const end = whole.startsWith(opening) ? whole.lastIndexOf(between) : -1;
  return told(leaf, metadataOf(envelope), () => (end < 0 ? '' : whole.slice(opening.length, end)));
}

export const metadataOf = (envelope: EnvelopeText | undefined): unknown =>
  object(envelope?.value)['metadata'];

/** The same of metadata that were read alone. */
export function told(leaf: Leaf, given: unknown, data: () => string): ToldEvent {
  const metadata = object(given);
  const actor = object(metadata['actor']);
  const roles: unknown = actor['roles'];
  return {
    leaf,
    actor: {
      id: text(actor['id']),
      type: text(actor['type']),
      roles: Array.isArray(roles) ? roles.map(text) : [],
    },
    reason: isSealedText(metadata['reason'] as Json) ? sealed : text(metadata['reason']),
    correlationId: text(metadata['correlationId']),
    causationId: text(metadata['causationId']),
    service: text(metadata['service']),
    serviceVersion: text(metadata['serviceVersion']),
    data,
  };
}
