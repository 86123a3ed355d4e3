import type { Attributes, SpanContext } from '@opentelemetry/api';
import type { IdGenerator, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Log } from '../log/log.js';
import type { SpanSink } from './process-tracer.js';

/** Variables of OpenTelemetry that say where traces go; one of them turns tracing on. */
const endpoints = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
const closeWithinMs = 3_000;

export const isTraced = (env: Readonly<Record<string, string | undefined>>): boolean =>
  endpoints.some((name) => (env[name] ?? '') !== '');

/** Ids are ours: a span can be found by who knows the event. */
class GivenIds implements IdGenerator {
  #next: SpanContext | undefined;
  give(next: SpanContext): void {
    this.#next = next;
  }
  generateTraceId = (): string => this.#next?.traceId ?? '';
  generateSpanId = (): string => this.#next?.spanId ?? '';
}

/**
 * Sends spans as OTLP over HTTP, in batches, to where `OTEL_EXPORTER_OTLP_ENDPOINT` says. `OTEL_TRACES_SAMPLER_ARG` is the share of
 * traces that are sent, decided by the trace id: every process decides the same. All of OpenTelemetry is loaded here, and only here.
 */
export async function openOtlp(
  service: string,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<SpanSink> {
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const ids = new GivenIds();
  const exporter = told(new OTLPTraceExporter(), log);
  const share = Number(env['OTEL_TRACES_SAMPLER_ARG'] ?? '1');
  const provider = new sdk.TracerProvider({
    idGenerator: ids,
    sampler: new sdk.TraceIdRatioBasedSampler(share >= 0 && share <= 1 ? share : 1),
    resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': 'holdfast' }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('holdfast');
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } = api;
  return {
    start({ name, traceId, spanId, parentSpanId, kind, facts, startedAt }) {
      const sampled = { traceId, traceFlags: TraceFlags.SAMPLED };
      const parent =
        parentSpanId === undefined
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, { ...sampled, spanId: parentSpanId, isRemote: true });
      ids.give({ ...sampled, spanId });
      const span = tracer.startSpan(
        name,
        {
          kind: kind === 'server' ? SpanKind.SERVER : SpanKind.INTERNAL,
          attributes: (facts ?? {}) as Attributes,
          ...(startedAt === undefined ? {} : { startTime: performance.timeOrigin + startedAt }),
        },
        parent,
      );
      return (failure) => {
        if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
        span.end();
      };
    },
    async close() {
      const late = new Promise((resolve) => setTimeout(resolve, closeWithinMs).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
    },
  };
}

/** The log hears when traces do not arrive, and when they do again; nobody else suffers. */
function told(exporter: SpanExporter, log: Log): SpanExporter {
  let arrives = true;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const arrived = result.code === 0;
        if (arrives && !arrived) log.warn('traces do not arrive', { error: result.error });
        if (!arrives && arrived) log.info('traces arrive again');
        arrives = arrived;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush ? { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() } : {}),
  };
}
