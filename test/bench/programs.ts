import { bubblewrapRuns } from './programs/bubblewrap.js';
import { orchestration } from './programs/orchestration.js';
import { processRuns } from './programs/process.js';
import { syncs } from './programs/syncs.js';

/** By the first part of their figures' names. */
export const programs = {
  process: processRuns,
  bubblewrap: bubblewrapRuns,
  orchestration,
  syncs,
} as const;
