export { csvCell } from './csv.js';
export {
  formats,
  names,
  parseManifest,
  payloadType,
  type ExportAbout,
  type ExportFilter,
  type ExportFormat,
  type ExportManifest,
} from './manifest.js';
export { readExport } from './read-manifest.js';
export { verifyExport, type ExportReport, type VerifyExportOptions } from './verify-export.js';
export type { RangeEvent } from './event-writer.js';
export { writeExport, type ExportContents, type WrittenExport } from './write-export.js';
export { isExport } from './zip-file.js';
