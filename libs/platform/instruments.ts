import { noMeter, type Instruments } from '#observability';
import { openMeter, type ReadableMeter } from './health/metrics.js';
import type { Log } from './log/log.js';
import { isTraced, openOtlp } from './trace/otlp.js';
import { openTracer, type ProcessTracer } from './trace/process-tracer.js';
import { openScopes, scopeFacts } from './trace/scopes.js';

export interface InstrumentsOptions {
  /** For metrics and traces: `registry`, `standalone`. */
  readonly service: string;
  /** Whether there is a port where metrics can be read. */
  readonly isRead: boolean;
  readonly log: Log;
  /** Says where traces go; default that of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The instruments of one process. */
export interface ProcessInstruments extends Instruments {
  readonly tracer: ProcessTracer;
  /** Absent where nobody reads metrics. */
  readonly readable?: ReadableMeter;
  /** The given log, each line with what is going on when it is written. */
  readonly log: Log;
  /** Sends what is not sent yet. */
  close(): Promise<void>;
}

/** Loads Prometheus and OpenTelemetry only where somebody listens. */
export async function openInstruments({
  service,
  isRead,
  log: plain,
  env = process.env,
}: InstrumentsOptions): Promise<ProcessInstruments> {
  const scopes = openScopes();
  const log = plain.with(() => scopeFacts(scopes));
  const readable = isRead ? await openMeter(service) : undefined;
  const sink = isTraced(env) ? await openOtlp(service, env, log) : undefined;
  return {
    meter: readable ?? noMeter,
    ...(readable ? { readable } : {}),
    tracer: openTracer(scopes, sink),
    log,
    close: async () => sink?.close(),
  };
}
