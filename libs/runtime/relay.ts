import type { MessageBus } from '#message-bus';
import type { ProjectedEvent } from './projection.js';
import { startReactor, type ReactorOptions, type RunningReactor } from './reactor.js';

/** A public event as the outside sees it; becomes CloudEvents 1.0 attributes in binary mode. */
export interface PublicEvent {
  /** e.g. `holdfast.run.completed.v1`. */
  readonly type: string;
  readonly data: unknown;
}

export interface RelayOptions extends ReactorOptions {
  /** `holdfast.<service>.v1`. */
  readonly topic: string;
  readonly kinds: readonly string[];
  readonly bus: MessageBus;
  /** Pure; undefined keeps an event private. */
  toPublic(event: ProjectedEvent): PublicEvent | undefined;
}

/**
 * Publishes what is appended, at least once, in stream order, with the event's own id: who sees an id twice drops it.
 */
export function startRelay({ topic, kinds, bus, toPublic, ...options }: RelayOptions): RunningReactor {
  const encoder = new TextEncoder();
  return startReactor(
    {
      name: `relay:${topic}`,
      kinds,
      async handle(event) {
        const message = toPublic(event);
        if (message === undefined) return;
        const headers = {
          ce_specversion: '1.0',
          ce_id: event.eventId,
          ce_type: message.type,
          ce_source: `/holdfast/${event.metadata.service}`,
          ce_subject: event.stream,
          ce_time: event.metadata.recordedAt,
          'content-type': 'application/json',
        };
        await bus.publish(topic, [
          { key: event.stream, headers, value: encoder.encode(JSON.stringify(message.data)) },
        ]);
      },
    },
    options,
  );
}
