import { isDomainError, systemChance, type Chance } from '#kernel';
import {
  spanIdOf,
  traceIdOf,
  traceparent,
  type SpanFacts,
  type TraceContext,
  type Tracer,
} from '#observability';
import type { Scope, Scopes } from './scopes.js';

export interface StartedSpan extends TraceContext {
  readonly name: string;
  readonly parentSpanId?: string | undefined;
  readonly kind: 'internal' | 'server';
  readonly facts?: SpanFacts | undefined;
  /** By `performance.now()`; default now. */
  readonly startedAt?: number;
}

/** Where spans are sent from. */
export interface SpanSink {
  /** The returned function ends it; with a code, as failed. */
  start(span: StartedSpan): (failure?: string) => void;
  /** What is not sent yet is sent, for a short time. */
  close(): Promise<void>;
}

/** A call that came in. */
export interface IncomingCall {
  readonly method: string;
  readonly correlationId: string;
  /** What the caller said, of the same trace. */
  readonly parent?: TraceContext | undefined;
  /** False for what nobody waits for, such as heartbeats: it is logged under its correlation id, but no span. */
  readonly isTraced: boolean;
}

export interface ProcessTracer extends Tracer {
  /** Runs `handle` as a call; the function it is given ends the span. */
  call<T>(call: IncomingCall, handle: (end: (failure?: string) => void) => T): T;
}

const failureOf = (error: unknown): string => (isDomainError(error) ? error.code : 'INTERNAL');
const nothing = () => undefined;

/** @param sink absent: no spans, but what is going on is known all the same */
export function openTracer(
  scopes: Scopes,
  sink: SpanSink | undefined,
  chance: Chance = systemChance,
): ProcessTracer {
  const newSpanId = () => Buffer.from(chance.bytes(8)).toString('hex');

  /** The span around, where it is of the same trace. */
  const around = (correlationId: string): string | undefined => {
    const scope = scopes.now();
    return scope?.correlationId === correlationId ? scope.spanId : undefined;
  };

  function open(
    correlationId: string,
    parentSpanId: string | undefined,
    about: () => Pick<StartedSpan, 'name' | 'kind' | 'facts'>,
  ): { readonly scope: Scope; readonly end: (failure?: string) => void } {
    if (sink === undefined) return { scope: { correlationId, spanId: parentSpanId }, end: nothing };
    const spanId = newSpanId();
    const ids = { traceId: traceIdOf(correlationId), spanId, parentSpanId };
    return { scope: { correlationId, spanId }, end: sink.start({ ...about(), ...ids }) };
  }

  return {
    async within({ name, correlationId, causedBy, facts }, work) {
      const parentSpanId = causedBy === undefined ? around(correlationId) : spanIdOf(causedBy);
      const { scope, end } = open(correlationId, parentSpanId, () => ({ name, kind: 'internal', facts }));
      try {
        const done = await scopes.run(scope, work);
        end();
        return done;
      } catch (error) {
        end(failureOf(error));
        throw error;
      }
    },
    async appending(events, { correlationId, causedBy, facts }, append) {
      if (sink === undefined) return append();
      const traceId = traceIdOf(correlationId);
      const parentSpanId = around(correlationId) ?? (causedBy === undefined ? undefined : spanIdOf(causedBy));
      const startedAt = performance.now();
      const done = await append();
      for (const { type, eventId } of events) {
        const spanId = spanIdOf(eventId);
        const ids = { traceId, spanId, parentSpanId };
        sink.start({
          ...ids,
          name: type,
          kind: 'internal',
          facts: { ...facts, 'holdfast.event.id': eventId },
          startedAt,
        })();
      }
      return done;
    },
    passedOn() {
      const { correlationId, spanId } = scopes.now() ?? {};
      return correlationId === undefined || spanId === undefined
        ? {}
        : { traceparent: traceparent({ traceId: traceIdOf(correlationId), spanId }) };
    },
    call({ method, correlationId, parent, isTraced }, handle) {
      const spanId = parent?.spanId;
      if (!isTraced) return scopes.run({ correlationId, spanId }, () => handle(nothing));
      const { scope, end } = open(correlationId, spanId, () => {
        const name = method.slice(1);
        return { name, kind: 'server', facts: { 'rpc.system': 'grpc', 'rpc.method': name } };
      });
      return scopes.run(scope, () => handle(end));
    },
  };
}
