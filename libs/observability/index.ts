export { noInstruments, type Instruments } from './instruments.js';
export { noMeter, type Meter, type Told } from './meter.js';
export {
  metricTable,
  type LabelsOf,
  type MetricName,
  type MetricOf,
  type MetricType,
} from './metric-table.js';
export {
  correlationIdOf,
  parseTraceparent,
  spanIdOf,
  traceIdOf,
  traceparent,
  traceparentOf,
  type TraceContext,
} from './trace-context.js';
export { noTracer, type AppendedEvent, type SpanFacts, type SpanSpec, type Tracer } from './tracer.js';
