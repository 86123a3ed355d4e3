import { DomainError } from '#kernel';
import { checkMessages, checkReplay, checkSubscription } from '../check-input.js';
import type { MessageBus, ReplayOptions, SubscribeOptions } from '../message-bus.js';
import type { KafkaBusOptions } from './client.js';
import type { Handle } from './deliver.js';
import { Outbox } from './outbox.js';
import { openProbe } from './probe.js';
import { openProducer } from './producer.js';
import { outgoing, type Outgoing } from './record.js';
import { listDeadLetters } from './dead-letters.js';
import { replayDeadLetters } from './replay.js';
import { openSubscription, type KafkaSubscription } from './subscription.js';
import { openTopics } from './topics.js';

/** How long a look at the broker may take. */
const probeMs = 3000;

/**
 * A bus on Kafka: at least once, in order per key and publisher. Does not need the broker to open.
 * @throws BUS_UNAVAILABLE never here: ask `probe`
 */
export async function openKafkaBus(options: KafkaBusOptions): Promise<MessageBus> {
  const topics = openTopics(options);
  const producer = openProducer(options);
  const probe = openProbe(options, Math.min(probeMs, options.deadlineMs ?? probeMs));
  const outboxes = new Map<string, Outbox>();
  const subscriptions = new Set<KafkaSubscription>();
  let closed: Promise<void> | undefined;
  const assertOpen = () => {
    if (closed) throw new DomainError('unavailable', 'BUS_CLOSED', 'the message bus is closed');
  };

  function put(topic: string, messages: readonly Outgoing[]): Promise<void> {
    let outbox = outboxes.get(topic);
    if (outbox === undefined) outboxes.set(topic, (outbox = new Outbox(topic, producer, topics, options)));
    return outbox.put(messages);
  }

  function subscribe(subscribed: SubscribeOptions, handle: Handle) {
    checkSubscription(subscribed);
    assertOpen();
    const subscription = openSubscription({ options, topics, put }, subscribed, handle);
    subscriptions.add(subscription);
    return {
      ready: subscription.ready,
      async close() {
        await subscription.close();
        subscriptions.delete(subscription);
      },
    };
  }

  async function close(): Promise<void> {
    probe.close();
    await Promise.all([...subscriptions].map((subscription) => subscription.close()));
    await Promise.all([...outboxes.values()].map((outbox) => outbox.settled()));
    await producer.close();
  }

  return {
    async publish(topic, messages) {
      checkMessages(topic, messages);
      assertOpen();
      if (messages.length > 0) await put(topic, messages.map(outgoing));
    },
    subscribe,
    async probe() {
      assertOpen();
      await probe.look();
      const [trouble] = [...subscriptions].flatMap((subscription) => subscription.trouble() ?? []);
      if (trouble !== undefined)
        throw new DomainError('unavailable', 'BUS_UNAVAILABLE', `a subscription has failed: ${trouble}`);
    },
    async deadLetters(prefix) {
      assertOpen();
      return listDeadLetters(options, prefix);
    },
    async replay(topic, { limit }: ReplayOptions = {}) {
      checkReplay(topic, limit);
      assertOpen();
      return replayDeadLetters(options, { topic, limit }, put);
    },
    close: () => (closed ??= close()),
  };
}
