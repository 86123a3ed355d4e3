export {
  disposedWhileHeld,
  reviewed,
  eachSampleEvent,
  origin,
  sampleEvents,
  testSigner,
  writeEventStore,
  writeLog,
  type SampleEvent,
} from './sample-log.js';
export { sampleHistory, verified, type Verified } from './verified.js';
