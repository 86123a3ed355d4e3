import { appending } from './checks/appending.js';
import type { Behaviour } from './checks/behaviour.js';
import { connecting } from './checks/connecting.js';
import { deleting } from './checks/deleting.js';
import { expecting } from './checks/expecting.js';
import { filtering } from './checks/filtering.js';
import { limits } from './checks/limits.js';
import { reading } from './checks/reading.js';
import { repeating } from './checks/repeating.js';
import { subscribing } from './checks/subscribing.js';

/**
 * What of the real server's behaviour this one is checked for, through the real client. `eventstoredb.int.spec` runs each; their number is in
 * the summary of `npm test`.
 */
export const behaviours: readonly Behaviour[] = [
  ...appending,
  ...expecting,
  ...repeating,
  ...limits,
  ...reading,
  ...subscribing,
  ...filtering,
  ...deleting,
  ...connecting,
];
