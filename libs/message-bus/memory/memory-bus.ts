import { DomainError } from '#kernel';
import { checkMessages, checkReplay, checkSubscription } from '../check-input.js';
import { deadLetterHeaders, deadLetterTopic, isDeadLetterTopic, originalHeaders } from '../dead-letter.js';
import type { Delivery, Message, MessageBus, ReplayOptions, SubscribeOptions } from '../message-bus.js';
import { openLetters } from './letters.js';
import { Member, type Handle } from './members.js';

/** A bus within one process: at most once across a crash, in order per key, bounded. */
export function openMemoryBus(): MessageBus {
  const members = new Set<Member>();
  const turns = new Map<string, number>();
  const letters = openLetters();
  const waiting = new Map<string, Promise<void>>();
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
    const { topic, headers, attempt } = delivery;
    if (isDeadLetterTopic(topic)) return;
    const letter: Delivery = {
      ...delivery,
      topic: deadLetterTopic(topic),
      headers: Object.freeze({ ...headers, ...deadLetterHeaders({ topic, attempts: attempt }, error) }),
      attempt: 1,
    };
    letters.keep(topic, letter);
    for (const member of receivers(letter.topic, letter.key)) member.push(letter);
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
    await deliver(topic, deliveries);
  }

  /** Behind what is published to the topic already and waits for room. Without waiting where it can be. */
  async function deliver(topic: string, deliveries: readonly Delivery[]): Promise<void> {
    const before = waiting.get(topic);
    const mine = before === undefined ? hand(deliveries) : before.then(() => hand(deliveries));
    const settled = mine.catch(() => undefined);
    waiting.set(topic, settled);
    await mine.finally(() => {
      if (waiting.get(topic) === settled) waiting.delete(topic);
    });
  }

  async function hand(deliveries: readonly Delivery[]): Promise<void> {
    for (const delivery of deliveries) {
      assertOpen();
      const chosen = receivers(delivery.topic, delivery.key);
      for (const member of chosen) if (!member.hasRoom()) await member.room();
      for (const member of chosen) if (members.has(member)) member.push(delivery);
    }
  }

  async function replay(topic: string, { limit }: ReplayOptions = {}): Promise<number> {
    checkReplay(topic, limit);
    assertOpen();
    const taken = letters.take(topic, limit);
    const back = taken.map((letter) => ({ ...letter, topic, headers: originalHeaders(letter.headers) }));
    await deliver(topic, back);
    return taken.length;
  }

  function subscribe(options: SubscribeOptions, handle: Handle) {
    checkSubscription(options);
    assertOpen();
    const member = new Member(options, handle, (delivery, error) => {
      bury(delivery, error);
      if (!isDeadLetterTopic(delivery.topic)) options.onDeadLetter?.(delivery.topic);
    });
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
    replay,
    async deadLetters(prefix) {
      assertOpen();
      return letters.list(prefix);
    },
    probe: async () => assertOpen(),
    async close() {
      closed = true;
      const open = [...members];
      members.clear();
      await Promise.all(open.map((member) => member.close()));
    },
  };
}
