import { randomUUID } from 'node:crypto';
import type { EachBatchPayload } from 'kafkajs';
import type { SubscribeOptions, Subscription } from '../message-bus.js';
import { asAdmin, asBusError, type KafkaBusOptions } from './client.js';
import { backoffMs, pause } from './deadline.js';
import { deliver, type Delivering, type Handle } from './deliver.js';
import { endsOf, type Positions } from './positions.js';
import { read } from './reading.js';
import type { Outgoing } from './record.js';
import type { Topics } from './topics.js';

/** Messages in a row before the event loop gets a turn. */
const inARow = 64;
const heartbeatMs = 500;

export interface KafkaSubscription extends Subscription {
  /** Why it does not receive, once it has failed and is not back yet. */
  readonly trouble: () => string | undefined;
}

export interface Surroundings {
  readonly options: KafkaBusOptions;
  readonly topics: Topics;
  readonly put: (topic: string, messages: readonly Outgoing[]) => Promise<void>;
}

/** Reads, and begins again by itself whenever reading fails, until it is closed. */
export function openSubscription(
  { options, topics, put }: Surroundings,
  subscribed: SubscribeOptions,
  handle: Handle,
): KafkaSubscription {
  const { group, maxAttempts = 3, onDeadLetter = () => undefined } = subscribed;
  const names = [...subscribed.topics];
  const { clientId = 'holdfast', log } = options;
  let groupId = group ?? '';
  const ready = Promise.withResolvers<void>();
  const closing = Promise.withResolvers<void>();
  let isClosing = false;
  let trouble: string | undefined;
  let failures = 0;
  let positions: Positions | undefined;
  let current: Promise<boolean> | undefined;
  const to: Delivering = {
    ...{ handle, maxAttempts, put, isClosing: () => isClosing, onDeadLetter },
    log: (message) => log?.('error', message),
  };

  async function take(payload: EachBatchPayload, isStale: () => boolean): Promise<void> {
    const { batch, heartbeat, resolveOffset, commitOffsetsIfNecessary } = payload;
    const { topic, partition, messages } = batch;
    let lost: Error | undefined;
    const beat = setInterval(() => void heartbeat().catch((error: Error) => (lost ??= error)), heartbeatMs);
    try {
      for (const [index, message] of messages.entries()) {
        if (isClosing || isStale()) return;
        current = deliver(to, topic, message);
        const done = await current;
        current = undefined;
        if (!done || isStale()) return;
        positions?.passed({ topic, partition }, message.offset);
        resolveOffset(message.offset);
        // What is resolved is committed on the way out, also when our place in the group is lost.
        if (lost !== undefined) throw lost;
        if (index % inARow !== inARow - 1) continue;
        await new Promise((resolve) => setImmediate(resolve));
        await commitOffsetsIfNecessary();
      }
    } finally {
      clearInterval(beat);
    }
  }

  async function receive(): Promise<void> {
    await topics.ensure(names);
    if (group === undefined) {
      positions ??= await endsOf(options, names);
      // Another each time: in the last one the broker still waits for the member that has failed.
      groupId = `${clientId}.fan-out.${randomUUID()}`;
    }
    const joined = () => {
      [failures, trouble] = [0, undefined];
      ready.resolve();
    };
    const isBusy = () => current !== undefined;
    await read(options, { groupId, topics: names, positions, isBusy, joined, take }, closing.promise);
  }

  async function run(): Promise<void> {
    while (!isClosing) {
      try {
        await receive();
      } catch (error) {
        trouble = asBusError(error).message;
        log?.('warn', `reading ${names.join()} failed, begins again: ${trouble}`);
        // Never two at once: the one in progress ends before the next reader may bring the same message.
        await current;
        await Promise.race([pause(backoffMs(failures++)), closing.promise]);
      }
    }
    // Nothing is committed in it, so what a killed process leaves behind is gone at the broker's next look.
    if (group === undefined && positions)
      await asAdmin(options, (admin) => admin.deleteGroups([groupId]), 2000).catch(() => undefined);
  }

  const running = run();
  return {
    ready: ready.promise,
    trouble: () => trouble,
    async close() {
      isClosing = true;
      await current;
      closing.resolve();
      await running;
      ready.resolve();
    },
  };
}
