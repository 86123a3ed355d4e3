import { randomUUID } from 'node:crypto';
import type { Delivery, Message } from '../message-bus.js';
import type { MessageBusUnderTest, OpenUnderTest } from './under-test.js';

export const newTopic = (): string => `test.${randomUUID()}`;
export const newGroup = (): string => `group-${randomUUID()}`;

export const message = (key: string, text: string, headers: Record<string, string> = {}): Message => ({
  key,
  headers,
  value: new TextEncoder().encode(text),
});
export const textOf = ({ value }: Message): string => new TextDecoder().decode(value);

/** Collects deliveries and lets a test wait for what it needs to see. Duplicates are allowed everywhere. */
export function inbox() {
  const deliveries: Delivery[] = [];
  const watchers = new Set<() => void>();
  return {
    deliveries,
    take(delivery: Delivery): void {
      deliveries.push(delivery);
      for (const watch of watchers) watch();
    },
    /** Each text once, in the order it was first seen. */
    texts: () => [...new Set(deliveries.map(textOf))],
    async until(enough: (seen: readonly Delivery[]) => boolean): Promise<void> {
      await new Promise<void>((resolve) => {
        const watch = () => {
          if (!enough(deliveries)) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
      });
    },
    async holds(...texts: readonly string[]): Promise<void> {
      await this.until((seen) => {
        const found = new Set(seen.map(textOf));
        return texts.every((text) => found.has(text));
      });
    },
  };
}

export const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error: { kind?: string; code?: string }) => ({ kind: error.kind, code: error.code }),
  );

export const withBus =
  (open: OpenUnderTest) =>
  (test: (under: MessageBusUnderTest) => Promise<void>) =>
  async (): Promise<void> => {
    const under = await open();
    try {
      await test(under);
    } finally {
      await under.dispose();
    }
  };
