export { openArtifactStore, openEventStore, openPeople, openTileStore } from './open-one.js';
export {
  openBusAndArtifacts,
  openSharedEngines,
  probesOf,
  type OpenEnginesOptions,
  type SharedEngines,
} from './open-engines.js';
export type { OpenOptions } from './openers.js';
export type { EnginePlace } from './place.js';
export type { Patience } from './until-there.js';
