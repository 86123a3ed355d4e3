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
  readonly data: string;
}

type Fields = Readonly<Record<string, unknown>>;
const object = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What is told of a reason under a person's key; events.jsonl has its bytes. */
const sealed = '(sealed)';

const [opening, between] = ['{"data":', ',"metadata":{'];

/** What an envelope says. Nothing is believed of what it holds; of one that is no envelope, nothing is told. */
export function toldEvent(leaf: Leaf, envelope: EnvelopeText | undefined): ToldEvent {
  const metadata = object(object(envelope?.value)['metadata']);
  const actor = object(metadata['actor']);
  const roles: unknown = actor['roles'];
  // Keys are in order and quotes in texts escaped, so from the end the first such key is the metadata's own.
  const whole = envelope?.text ?? '';
  const end = whole.startsWith(opening) ? whole.lastIndexOf(between) : -1;
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
    data: end < 0 ? '' : whole.slice(opening.length, end),
  };
}
