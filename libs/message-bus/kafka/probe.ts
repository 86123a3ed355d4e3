import type { Admin } from 'kafkajs';
import { isDomainError } from '#kernel';
import { asBusError, openClient, type Client, type KafkaBusOptions } from './client.js';
import { within } from './deadline.js';

export interface Probe {
  /** Whether the broker answers now. @throws BUS_UNAVAILABLE, BUS_FORBIDDEN */
  look(): Promise<void>;
  close(): void;
}

interface Kept {
  readonly client: Client;
  readonly admin: Promise<Admin>;
}

function connect(options: KafkaBusOptions): Kept {
  const client = openClient(options);
  const admin = client.kafka.admin();
  return { client, admin: admin.connect().then(() => admin) };
}

/** Looks again and again through one connection: a new one each time is most of what a look costs. */
export function openProbe(options: KafkaBusOptions, deadlineMs: number): Probe {
  let kept: Kept | undefined;
  let closed = false;

  async function once(): Promise<void> {
    const at = (kept ??= connect(options));
    try {
      await within(
        deadlineMs,
        at.admin.then((admin) => admin.describeCluster()),
      );
    } catch (error) {
      at.client.cut();
      if (kept === at) kept = undefined;
      throw error;
    }
  }

  return {
    async look() {
      const wasOpen = kept !== undefined;
      try {
        await once().catch((error: unknown) => {
          // One that was open may have ended unnoticed; what did not answer in time is away.
          if (!wasOpen || closed || isDomainError(error)) throw error;
          return once();
        });
      } catch (error) {
        throw asBusError(error);
      }
    },
    close() {
      closed = true;
      kept?.client.cut();
    },
  };
}
