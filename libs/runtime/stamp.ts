import type { Clock, Instant } from '#kernel';

/** When an append was made, by one instance's clock, and how many that instance had made before. */
export interface Stamp {
  readonly recordedAt: Instant;
  readonly instance: string;
  readonly instanceOrder: number;
}

/**
 * Stamps of one service instance. Appends overtake each other on their way into the store, so that a clock which ran backwards shows in
 * the order of the stamps and not in that of the store. A clock that runs backwards is recorded as it is: hiding it would be a lie.
 * @param instance random, of this start of the service
 */
export function stampsOf(instance: string, clock: Clock): () => Stamp {
  let instanceOrder = 0;
  return () => ({ recordedAt: clock.now(), instance, instanceOrder: instanceOrder++ });
}

/** Sixteen hexadecimal digits of a UUID: enough to tell starts apart, and short, since each event carries them. */
export const instanceOf = (uuid: string): string => uuid.replaceAll('-', '').slice(0, 16);
