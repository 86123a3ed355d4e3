import type { IHeaders, KafkaMessage, Message as KafkaRecord } from 'kafkajs';
import { deadLetterHeaders, originalHeaders } from '../dead-letter.js';
import type { Delivery, Message } from '../message-bus.js';

/** A message as it goes to the broker: its own copy of the bytes. */
export interface Outgoing extends KafkaRecord {
  readonly key: Buffer | string | null;
  readonly value: Buffer;
  readonly headers: Record<string, Buffer | string>;
}

export const outgoing = ({ key, headers, value }: Message): Outgoing => ({
  key,
  headers: { ...headers },
  value: Buffer.from(value),
});

/** At least what it takes in a batch: framing is at most 30 bytes for a message and 8 for a header. */
export function bytesOf({ key, value, headers }: Outgoing): number {
  let sum = 30 + value.length + (key === null ? 0 : Buffer.byteLength(key));
  for (const [name, text] of Object.entries(headers)) {
    sum += 8 + Buffer.byteLength(name) + Buffer.byteLength(text);
  }
  return sum;
}

/**
 * What anybody may have put there, in the shape of the port: no key is an empty one, no value is no bytes, the last of several headers of
 * one name counts, and bytes that are not UTF-8 are replaced.
 */
export function deliveryOf(topic: string, message: KafkaMessage, attempt: number): Delivery {
  const { key, value, headers = {} } = message;
  const texts: [string, string][] = [];
  for (const name of Object.keys(headers)) texts.push([name, lastOf(headers[name]).toString()]);
  return {
    topic,
    attempt,
    key: key?.toString() ?? '',
    headers: Object.fromEntries(texts),
    value: new Uint8Array(value ?? []),
  };
}

/** Its key, bytes and headers as they were, with the reason. `dropped`: without the value, which no topic takes. */
export function deadLetter(
  topic: string,
  { key, value, headers }: KafkaMessage,
  { error, attempts, dropped = false }: { error: unknown; attempts: number; dropped?: boolean },
): Outgoing {
  const why = deadLetterHeaders({ topic, attempts }, error);
  if (dropped) {
    const lost = { ...why, 'x-error-value-bytes': String(value?.length ?? 0) };
    return { key: null, value: Buffer.alloc(0), headers: lost };
  }
  return { key, value: value ?? Buffer.alloc(0), headers: { ...headersOf(headers), ...why } };
}

/** A dead letter as it was before; undefined when its value has been dropped. */
export function undead({ key, value, headers }: KafkaMessage): Outgoing | undefined {
  const found = headersOf(headers);
  if (Object.hasOwn(found, 'x-error-value-bytes')) return undefined;
  return { key, value: value ?? Buffer.alloc(0), headers: originalHeaders(found) };
}

const headersOf = (headers: IHeaders = {}): Record<string, Buffer> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, lastOf(value)]));

/** kafkajs has a list where a name came twice; of a name that every object has, such as `constructor`, a list with that first. */
function lastOf(value: IHeaders[string]): Buffer {
  const one: unknown = Array.isArray(value) ? value.at(-1) : value;
  return Buffer.isBuffer(one) ? one : Buffer.from(typeof one === 'string' ? one : '');
}
