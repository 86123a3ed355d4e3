export {
  openBusAndArtifacts,
  openReadStoreAt,
  openSharedEngines,
  type OpenOptions,
  type SharedEngines,
} from './open-engines.js';
