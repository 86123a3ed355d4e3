import { cloudEvent, type MessageBus } from '#message-bus';
import type { ProjectedEvent } from './projection.js';
import { startReactor, type ReactorOptions, type RunningReactor } from './reactor.js';

/** A public event as the outside sees it; becomes CloudEvents 1.0 in binary mode. */
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
  return startReactor(
    {
      name: `relay:${topic}`,
      kinds,
      async handle(event) {
        const outbound = toPublic(event);
        if (outbound === undefined) return;
        const { eventId, stream, metadata } = event;
        const message = cloudEvent(
          {
            id: eventId,
            source: `/holdfast/${metadata.service}`,
            type: outbound.type,
            subject: stream,
            time: metadata.recordedAt,
            extensions: {
              correlationid: metadata.correlationId,
              ...(metadata.causationId === undefined ? {} : { causationid: metadata.causationId }),
            },
            data: outbound.data,
          },
          stream,
        );
        await bus.publish(topic, [message]);
      },
    },
    options,
  );
}
