import type { Registry } from 'prom-client';

/** The numbers of one service, apart from those of its neighbours in the process. */
export interface Metrics {
  /** Duration of a call in seconds; `code` as gRPC names it. */
  observeCall(method: string, code: string, seconds: number): void;
}

/** Where somebody can read them: with those of the whole process, such as memory and event loop. */
export interface ReadableMetrics extends Metrics {
  readonly registry: Registry;
}

/** Nobody can read them. */
export const noMetrics: Metrics = { observeCall: () => undefined };

export async function createMetrics(service: string): Promise<ReadableMetrics> {
  const { collectDefaultMetrics, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const calls = new Histogram({
    name: 'holdfast_grpc_call_seconds',
    help: 'Duration of gRPC calls handled, by method and status code.',
    labelNames: ['method', 'code'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  return { registry, observeCall: (method, code, seconds) => calls.observe({ method, code }, seconds) };
}
