import { DomainError } from '#kernel';
import { checkMessages } from '../check-message.js';
import {
  deadLetterSuffix,
  type Delivery,
  type Message,
  type MessageBus,
  type SubscribeOptions,
} from '../message-bus.js';
import { Member, type Handle } from './members.js';

/** A bus within one process: at most once across a crash, in order per key, bounded. */
export function openMemoryBus(): MessageBus {
  const members = new Set<Member>();
  const turns = new Map<string, number>();
  let closed = false;
  const assertOpen = () => {
    if (closed) throw new DomainError('unavailable', 'BUS_CLOSED', 'the message bus is closed');
  };

  /** One member of each group, the same one for a key while the group stays; every subscriber without a group. */
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
    if (turns.size >= 10_000) turns.clear();
    turns.set(key, turns.size);
    return turns.size - 1;
  }

  /** Does not wait for room: it is called by the one who would make it. */
  function bury(delivery: Delivery, error: unknown): void {
    if (delivery.topic.endsWith(deadLetterSuffix)) return;
    const headers = {
      ...delivery.headers,
      'x-error-message': (error instanceof Error ? error.message : String(error)).slice(0, 1000),
      'x-error-attempts': String(delivery.attempt),
      'x-original-topic': delivery.topic,
    };
    const topic = `${delivery.topic}${deadLetterSuffix}`;
    for (const member of receivers(topic, delivery.key)) {
      member.push({ ...delivery, topic, headers, attempt: 1 });
    }
  }

  async function publish(topic: string, messages: readonly Message[]): Promise<void> {
    checkMessages(topic, messages);
    assertOpen();
    // Copies: what the publisher does with its own afterwards is its own affair.
    const deliveries = messages.map(({ key, headers, value }) => ({
      key,
      topic,
      attempt: 1,
      headers: Object.freeze({ ...headers }),
      value: new Uint8Array(value),
    }));
    for (const delivery of deliveries) {
      assertOpen();
      const chosen = receivers(topic, delivery.key);
      // Without waiting where it can be: what is published in order then arrives in order, awaited or not.
      for (const member of chosen) if (!member.hasRoom()) await member.room();
      for (const member of chosen) if (members.has(member)) member.push(delivery);
    }
  }

  function subscribe(options: SubscribeOptions, handle: Handle) {
    assertOpen();
    const member = new Member(options, handle, bury);
    members.add(member);
    return {
      ready: Promise.resolve(),
      async close() {
        members.delete(member);
        const left = await member.close();
        if (options.group !== undefined) left.forEach((delivery) => handOver(options.group, delivery));
      },
    };
  }

  function handOver(group: string | undefined, delivery: Delivery): void {
    const heir = receivers(delivery.topic, delivery.key).find((member) => member.options.group === group);
    heir?.push(delivery);
  }

  return {
    publish,
    subscribe,
    async close() {
      closed = true;
      const open = [...members];
      members.clear();
      await Promise.all(open.map((member) => member.close()));
    },
  };
}
