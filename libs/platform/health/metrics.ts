import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** The numbers of one service, apart from those of its neighbours in the process. */
export interface Metrics {
  readonly registry: Registry;
  /** Duration of a call in seconds; `code` as gRPC names it. */
  observeCall(method: string, code: string, seconds: number): void;
}

export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  const calls = new Histogram({
    name: 'holdfast_grpc_call_seconds',
    help: 'Duration of gRPC calls handled, by method and status code.',
    labelNames: ['method', 'code'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  return { registry, observeCall: (method, code, seconds) => calls.observe({ method, code }, seconds) };
}

/** Memory, event loop and so on of the whole process; starts timers, so only where somebody can read them. */
export const collectProcessMetrics = (metrics: Metrics): void =>
  collectDefaultMetrics({ register: metrics.registry });
