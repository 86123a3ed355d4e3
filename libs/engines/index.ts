export {
  openBusAndArtifacts,
  openSharedEngines,
  type OpenOptions,
  type SharedEngines,
} from './open-engines.js';
