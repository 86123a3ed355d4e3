export { noMeter, type Meter, type Told } from './meter.js';
export {
  metricTable,
  type LabelsOf,
  type MetricName,
  type MetricOf,
  type MetricType,
} from './metric-table.js';
