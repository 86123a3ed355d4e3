export {
  newSigner,
  sampleContents,
  sampleEvents,
  sampleExport,
  samplePerson,
  sampleStream,
} from './sample-export.js';
