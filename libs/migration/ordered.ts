import { createHash } from 'node:crypto';
import type { StoredEvent } from '#event-store';
import { digestBytes } from '#evidence';

/** One event as both histories must have it, at its place in the one order of the whole store. */
export interface OrderedEvent {
  /** Dense from 0: the auditor's index, on whatever engine. */
  readonly index: number;
  readonly event: StoredEvent;
}

/** Every event of a store in its order, one by one. */
export async function* ordered(
  batches: AsyncIterable<readonly StoredEvent[]>,
): AsyncGenerator<OrderedEvent, void> {
  let index = 0;
  for await (const batch of batches) for (const event of batch) yield { index: index++, event };
}

/** What a proof made before speaks of: everything but the engine's own position. */
export const lineOf = ({ index, event }: OrderedEvent): string =>
  `${index} ${event.stream} ${event.revision} ${event.eventId} ${event.type} ${digestBytes(event.bytes)}\n`;

/** A digest over a whole history, event by event: the same for the same bytes in the same order. */
export function historyDigest(): { add(line: string): void; end(): string } {
  const hash = createHash('sha256');
  return { add: (line) => void hash.update(line), end: () => `sha256:${hash.digest('hex')}` };
}
