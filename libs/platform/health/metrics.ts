import type { Counter, Gauge, Histogram } from 'prom-client';
import { metricTable, type Meter, type Told } from '#observability';

/** What somebody can read: our numbers and those of the whole process, such as memory and event loop. */
export interface ReadableMeter extends Meter {
  readonly contentType: string;
  /** In the form Prometheus reads. */
  read(): Promise<string>;
}

/** One reading must not wait for an engine that does not answer. */
const longestReadingMs = 3_000;

/** @param service label of every metric that has none of its own */
export async function openMeter(service: string): Promise<ReadableMeter> {
  const prom = await import('prom-client');
  const registry = new prom.Registry();
  registry.setDefaultLabels({ service });
  prom.collectDefaultMetrics({ register: registry });
  const [gauges, counters, histograms] = [
    new Map<string, Gauge>(),
    new Map<string, Counter>(),
    new Map<string, Histogram>(),
  ];
  for (const [name, row] of Object.entries(metricTable)) {
    const { type, labels, says: help } = row;
    const common = { name, help, labelNames: [...labels], registers: [registry] };
    if (type === 'gauge') gauges.set(name, new prom.Gauge(common));
    else if (type === 'counter') counters.set(name, new prom.Counter(common));
    else histograms.set(name, new prom.Histogram({ ...common, buckets: [...row.buckets] }));
  }
  const tellers = new Set<(told: Told) => void | Promise<void>>();

  async function readGauges(): Promise<void> {
    for (const gauge of gauges.values()) gauge.reset();
    let late = false;
    const told: Told = (name, labels, value) => {
      if (!late) gauges.get(name)?.set(labels, value);
    };
    const all = Promise.allSettled([...tellers].map(async (tell) => tell(told)));
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, longestReadingMs).unref())]);
    late = true;
  }
  /** Two who read at once are told the same. */
  let reading: Promise<string> | undefined;
  const read = async () => {
    await readGauges();
    return registry.metrics();
  };

  return {
    isRead: true,
    count: (name, labels, by = 1) => counters.get(name)?.inc(labels, by),
    observe: (name, labels, seconds) => histograms.get(name)?.observe(labels, seconds),
    whenRead(tell) {
      tellers.add(tell);
      return () => void tellers.delete(tell);
    },
    contentType: registry.contentType,
    read: () => (reading ??= read().finally(() => (reading = undefined))),
  };
}
