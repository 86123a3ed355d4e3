import type { Tracer } from '#observability';
import type { Reactor } from './reactor.js';

/** What a reactor does belongs to the trace of the event that set it off. One that takes every type says nothing by a span for each. */
export function asSpans(reactor: Reactor, tracer: Tracer): Reactor {
  const { name, types } = reactor;
  if (types === undefined) return reactor;
  return {
    ...reactor,
    handle: (event, signal) =>
      tracer.within(
        {
          name,
          correlationId: event.metadata.correlationId,
          causedBy: event.eventId,
          facts: { 'holdfast.stream': event.stream, 'holdfast.event.type': event.type },
        },
        () => reactor.handle(event, signal),
      ),
  };
}
