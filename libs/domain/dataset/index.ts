export {
  profileCsv,
  type ColumnProfile,
  type ColumnType,
  type CsvProfile,
  type CsvSchema,
} from './csv-profile.js';
export { dataset, datasetStream, type DatasetCommand, type DatasetState } from './decide.js';
export type { DatasetAbout, DatasetEvent } from './events.js';
