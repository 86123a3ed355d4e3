import type { Delivery, Message } from '#message-bus';

export const sample = (key: string, text: string): Message => ({
  key,
  headers: {},
  value: new TextEncoder().encode(text),
});

/** The kind and code of what a call is refused with; undefined when it is not. */
export const busCode = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    ({ kind, code }: { kind?: string; code?: string }) => ({ kind, code }),
  );

/** What was delivered, to be waited for. */
export function received() {
  const deliveries: Delivery[] = [];
  const firstAt = new Map<string, number>();
  const watchers = new Set<() => void>();
  const textOf = ({ value }: Delivery): string => new TextDecoder().decode(value);
  const until = (isEnough: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (!isEnough()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  return {
    deliveries,
    textOf,
    until,
    take(delivery: Delivery): void {
      const text = textOf(delivery);
      if (!firstAt.has(text)) firstAt.set(text, deliveries.length);
      deliveries.push(delivery);
      for (const look of watchers) look();
    },
    holds: (texts: readonly string[]) => until(() => texts.every((text) => firstAt.has(text))),
    /** Where each of them was first seen. */
    firsts: (texts: readonly string[]): number[] => texts.map((text) => firstAt.get(text) ?? -1),
  };
}
