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
  const around = (traceId: string): string | undefined => {
    const scope = scopes.now();
    return scope?.traceId === traceId ? scope.spanId : undefined;
  };

  function open(span: Omit<StartedSpan, 'spanId'>, correlationId: string) {
    const { traceId, parentSpanId } = span;
    if (sink === undefined) return { scope: { correlationId, traceId, spanId: parentSpanId }, end: nothing };
    const spanId = newSpanId();
    return {
      scope: { correlationId, traceId, spanId } satisfies Scope,
      end: sink.start({ ...span, spanId }),
    };
  }

  return {
    async within({ name, correlationId, causedBy, facts }, work) {
      const traceId = traceIdOf(correlationId);
      const parentSpanId = causedBy === undefined ? around(traceId) : spanIdOf(causedBy);
      const { scope, end } = open({ name, traceId, parentSpanId, kind: 'internal', facts }, correlationId);
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
      const parentSpanId = around(traceId) ?? (causedBy === undefined ? undefined : spanIdOf(causedBy));
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
      const { traceId, spanId } = scopes.now() ?? {};
      return traceId === undefined || spanId === undefined
        ? {}
        : { traceparent: traceparent({ traceId, spanId }) };
    },
    call({ method, correlationId, parent, isTraced }, handle) {
      const traceId = traceIdOf(correlationId);
      if (!isTraced)
        return scopes.run({ correlationId, traceId, spanId: parent?.spanId }, () => handle(nothing));
      const name = method.slice(1);
      const facts = { 'rpc.system': 'grpc', 'rpc.method': name };
      const parentSpanId = parent?.spanId;
      const { scope, end } = open({ name, traceId, parentSpanId, kind: 'server', facts }, correlationId);
      return scopes.run(scope, () => handle(end));
    },
  };
}
