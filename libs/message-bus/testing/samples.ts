import { randomUUID } from 'node:crypto';
import type { Delivery, Message, MessageBus } from '../message-bus.js';
import type { MessageBusUnderTest, OpenUnderTest } from './under-test.js';

export const newTopic = (): string => `test.${randomUUID()}`;
export const newGroup = (): string => `group-${randomUUID()}`;

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export const message = (key: string, text: string, headers: Record<string, string> = {}): Message => ({
  key,
  headers,
  value: new TextEncoder().encode(text),
});
export const textOf = ({ value }: Message): string => new TextDecoder().decode(value);

/** Collects deliveries and lets a test wait for what it needs to see. Duplicates are allowed everywhere. */
export function inbox() {
  const deliveries: Delivery[] = [];
  const texts = new Set<string>();
  const watchers = new Set<(latest?: string) => void>();
  const watch = (isEnough: (latest?: string) => boolean) =>
    new Promise<void>((resolve) => {
      const look = (latest?: string) => {
        if (!isEnough(latest)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  return {
    deliveries,
    take(delivery: Delivery): void {
      deliveries.push(delivery);
      const text = textOf(delivery);
      texts.add(text);
      for (const look of watchers) look(text);
    },
    /** Each text once, in the order it was first seen. */
    texts: () => [...texts],
    until: (isEnough: (seen: readonly Delivery[]) => boolean): Promise<void> =>
      watch(() => isEnough(deliveries)),
    holds(...wanted: readonly string[]): Promise<void> {
      const missing = new Set(wanted).difference(texts);
      return watch((latest) => {
        if (latest !== undefined) missing.delete(latest);
        return missing.size === 0;
      });
    },
  };
}

/** Publishes `m0`, `m1`, … of 20 keys until it is told to stop. */
export function steadily(bus: MessageBus, topic: string) {
  let [sent, stopped] = [0, false];
  const run = async () => {
    for (; !stopped; sent += 20) {
      await bus.publish(
        topic,
        upTo(20).map((i) => message(`k${i}`, `m${sent + i}`)),
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const running = run().finally(() => (stopped = true));
  return {
    sent: () => sent,
    /** How many were sent by the time that `more` have been. */
    async goesOn(more: number): Promise<number> {
      const enough = sent + more;
      while (sent < enough && !stopped) await new Promise((resolve) => setImmediate(resolve));
      if (stopped) await running;
      return sent;
    },
    /** All that was sent. */
    async stop(): Promise<string[]> {
      stopped = true;
      await running;
      return upTo(sent).map((i) => `m${i}`);
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
