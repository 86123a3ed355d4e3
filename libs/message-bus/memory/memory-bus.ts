import { DomainError } from '#kernel';
import type { Delivery, Message, MessageBus, SubscribeOptions, Subscription } from '../message-bus.js';

/** Messages that one subscriber may be behind; then publishers wait. */
const capacity = 10_000;

interface Member {
  readonly options: SubscribeOptions;
  readonly handle: (delivery: Delivery) => Promise<void> | void;
  readonly queue: Delivery[];
  busy: Promise<void> | undefined;
  closed: boolean;
}

/** A bus within one process: at most once across a crash, in order per key, bounded. */
export function openMemoryBus(): MessageBus {
  const members = new Set<Member>();
  const turns = new Map<string, number>();
  let room: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  let closed = false;

  /** One member of each group, always the same one for a key; every subscriber without a group. */
  function receivers(topic: string, key: string): Member[] {
    const groups = new Map<string, Member[]>();
    const chosen: Member[] = [];
    for (const member of members) {
      if (!member.options.topics.includes(topic)) continue;
      const { group } = member.options;
      if (group === undefined) chosen.push(member);
      else groups.set(group, [...(groups.get(group) ?? []), member]);
    }
    for (const group of groups.values()) chosen.push(group[turnOf(key) % group.length] as Member);
    return chosen;
  }

  function turnOf(key: string): number {
    const known = turns.get(key);
    if (known !== undefined) return known;
    if (turns.size >= capacity) turns.clear();
    turns.set(key, turns.size);
    return turns.size - 1;
  }

  async function drain(member: Member): Promise<void> {
    for (let delivery = member.queue.shift(); delivery && !member.closed; delivery = member.queue.shift()) {
      room?.resolve();
      await deliver(member, delivery);
    }
  }

  async function deliver(member: Member, delivery: Delivery): Promise<void> {
    const { maxAttempts = 3 } = member.options;
    for (let attempt = 1; !member.closed; attempt++) {
      try {
        return await member.handle({ ...delivery, attempt });
      } catch (error) {
        if (attempt < maxAttempts) continue;
        const headers = {
          ...delivery.headers,
          'x-error-message': String((error as Error).message).slice(0, 1000),
          'x-error-attempts': String(attempt),
          'x-original-topic': delivery.topic,
        };
        return publish(`${delivery.topic}.dead-letters`, [{ ...delivery, headers }]);
      }
    }
  }

  async function publish(topic: string, messages: readonly Message[]): Promise<void> {
    for (const message of messages) {
      if (closed) throw new DomainError('unavailable', 'BUS_CLOSED', 'the message bus is closed');
      for (const member of receivers(topic, message.key)) {
        while (member.queue.length >= capacity && !member.closed) await untilRoom();
        member.queue.push({ ...message, topic, attempt: 1 });
        // The publisher never runs a handler: delivery begins after this turn of the event loop.
        member.busy ??= Promise.resolve()
          .then(() => drain(member))
          .finally(() => (member.busy = undefined));
      }
    }
  }

  function untilRoom(): Promise<void> {
    if (room === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      room = { promise, resolve };
      void promise.then(() => (room = undefined));
    }
    return room.promise;
  }

  function subscribe(options: SubscribeOptions, handle: Member['handle']): Subscription {
    if (closed) throw new DomainError('unavailable', 'BUS_CLOSED', 'the message bus is closed');
    const member: Member = { options, handle, queue: [], busy: undefined, closed: false };
    members.add(member);
    return {
      ready: Promise.resolve(),
      async close() {
        member.closed = true;
        members.delete(member);
        room?.resolve();
        await member.busy;
      },
    };
  }

  return {
    publish,
    subscribe,
    async close() {
      closed = true;
      const busy = [...members].map((member) => {
        member.closed = true;
        return member.busy ?? Promise.resolve();
      });
      members.clear();
      room?.resolve();
      await Promise.all(busy);
    },
  };
}
