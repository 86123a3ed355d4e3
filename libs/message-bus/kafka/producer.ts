import { Partitioners, type Producer } from 'kafkajs';
import { openClient, brokerError, type Client, type KafkaBusOptions } from './client.js';
import { within } from './deadline.js';
import type { Outgoing } from './record.js';

export interface BusProducer {
  /** One try. Two calls for one topic must not overlap: whoever comes second might overtake. */
  send(topic: string, messages: readonly Outgoing[]): Promise<void>;
  close(): Promise<void>;
}

type Open = { readonly client: Client; readonly producer: Producer; readonly connected: Promise<void> };

/** Makes itself anew after every failure that the broker did not name: kafkajs's own producer does not always come back. */
export function openProducer(options: KafkaBusOptions): BusProducer {
  const { deadlineMs = 10_000, metadataMaxAgeMs = 30_000 } = options;
  let open: Open | undefined;

  function connect(): Open {
    const client = openClient(options);
    const producer = client.kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      metadataMaxAge: metadataMaxAgeMs,
      // Its own retries could overtake what we send next.
      retry: { retries: 0 },
    });
    return { client, producer, connected: producer.connect() };
  }

  return {
    async send(topic, messages) {
      const used = (open ??= connect());
      try {
        await within(deadlineMs, used.connected);
        const sent = used.producer.send({ topic, messages: [...messages], acks: -1, timeout: deadlineMs });
        await within(deadlineMs, sent);
      } catch (error) {
        if (brokerError(error) === undefined) {
          used.client.cut();
          if (open === used) open = undefined;
        }
        throw error;
      }
    },
    async close() {
      const last = open;
      open = undefined;
      if (last === undefined) return;
      await within(deadlineMs, last.producer.disconnect()).catch(() => undefined);
      last.client.cut();
    },
  };
}
