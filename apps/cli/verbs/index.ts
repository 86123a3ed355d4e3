import type { Verb } from '../verb.js';
import { bundleRows } from './bundle.rows.js';
import { offlineRows } from './offline.rows.js';
import { serverRows } from './server.rows.js';

/** First words of verbs that come in groups, with what `holdfast --help` says of each. */
export const groups: Readonly<Record<string, string>> = {};

/** Every verb, in the order of `holdfast --help`. Rows hold no code: what a verb does is loaded when it runs. */
export const verbs: readonly Verb[] = [...serverRows, ...offlineRows, ...bundleRows];
