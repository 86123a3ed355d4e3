import { DomainError, isDomainError } from '#kernel';
import { traceparentOf } from '#observability';
import { cloudEvent, type Message, type MessageBus } from '#message-bus';
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
  readonly bus: Pick<MessageBus, 'publish'>;
  /** Pure; undefined keeps an event private. */
  toPublic(event: ProjectedEvent): PublicEvent | undefined;
}

/** What is told of a run that goes fast goes together: a call of a broker is dear. */
const restMs = 200;

/** Refusals of one event, which is then put aside. Whatever else a bus says is no fault of an event and is waited for. */
const ownFault = new Set(['MESSAGE_TOO_LARGE', 'MESSAGE_INVALID']);

/**
 * Publishes what is appended, at least once, with the event's own id: who sees an id twice drops it. What came together goes together.
 * Nothing is sent before all that precedes it was taken, by whomever; so first occurrences come in stream order, also where a lease
 * has moved and a batch of its former holder arrives late.
 */
export function startRelay({ topic, kinds, bus, toPublic, ...options }: RelayOptions): RunningReactor {
  const { reach } = options;

  async function publish(events: readonly ProjectedEvent[]): Promise<void> {
    const messages = events.flatMap((event) => messageOf(event, toPublic(event)));
    if (messages.length === 0) return;
    reach?.('relay:before-publish');
    try {
      await bus.publish(topic, messages);
    } catch (error) {
      throw asRelayError(error);
    }
    reach?.('relay:after-publish');
  }

  return startReactor(
    { name: `relay:${topic}`, kinds, handle: (event) => publish([event]), handleTogether: publish, restMs },
    options,
  );
}

function messageOf(event: ProjectedEvent, outbound: PublicEvent | undefined): Message[] {
  if (outbound === undefined) return [];
  const { eventId, stream, metadata } = event;
  const { service, recordedAt, correlationId, causationId } = metadata;
  const extensions = {
    correlationid: correlationId,
    traceparent: traceparentOf({ correlationId, eventId }),
    ...(causationId === undefined ? {} : { causationid: causationId }),
  };
  const { type, data } = outbound;
  const attributes = { id: eventId, source: `/holdfast/${service}`, type, subject: stream, time: recordedAt };
  return [cloudEvent({ ...attributes, extensions, data }, stream)];
}

/** As a reactor takes it: `invalid` is the event's own fault, `unavailable` is waited for. */
function asRelayError(error: unknown): DomainError {
  const { code, message } = isDomainError(error)
    ? error
    : { code: 'BUS_UNAVAILABLE', message: String(error) };
  const kind = ownFault.has(code) ? 'invalid' : 'unavailable';
  return new DomainError(kind, code, message, { cause: error });
}
