export { csvRecord } from './csv-record.js';
export {
  profileCsv,
  type ColumnProfile,
  type ColumnType,
  type CsvProfile,
  type CsvSchema,
} from './csv-profile.js';
export {
  dataset,
  datasetStream,
  datasetVersionId,
  type DatasetCommand,
  type DatasetState,
} from './decide.js';
export type { DatasetAbout, DatasetEvent } from './events.js';
export { partitionCsv, type Partition, type PartitionQuery } from './partition-csv.js';
export { sampleCsv, type ColumnSample, type CsvSample } from './sample-csv.js';
