import type { Verb } from '../verb.js';
import { auditExportRows } from './audit-export.rows.js';
import { auditLogRows } from './audit-log.rows.js';
import { auditsRows } from './audits.rows.js';
import { bundleRows } from './bundle.rows.js';
import { catalogueRows } from './catalogue.rows.js';
import { driftRows } from './drift.rows.js';
import { historyRows } from './history.rows.js';
import { offlineRows } from './offline.rows.js';
import { peopleRows } from './people.rows.js';
import { retentionRows } from './retention.rows.js';
import { runsRows } from './runs.rows.js';
import { operationsRows } from './operations.rows.js';
import { serverRows } from './server.rows.js';
import { sweepsRows } from './sweeps.rows.js';

/** First words of verbs that come in groups, with what `holdfast --help` says of each. */
export const groups: Readonly<Record<string, string>> = {
  blueprint: 'declared experiments, version by version',
  sweeps: 'sweeps, their members, and how far they are',
  baseline: 'the accepted results that runs are held against',
  audit: 'the log of every event, what it proves, and whether the event store is still what it says',
  drift: 'what differs from a baseline, by which test, and what may have caused it',
  dataset: 'data, version by version',
  knob: 'the parameters that blueprints may set',
  environment: 'what steps execute in, by digest',
  projections: 'the read models: how far they are, and making them anew',
  hold: 'orders that something is kept, whatever its retention says',
  retention: 'how long the bytes of runs are kept',
  person: 'who is behind a pseudonym, as long as the directory knows',
  identity: 'the keys that people sign with',
  'dead-letters': 'messages of the bus that nobody could take',
};

/** Every verb, in the order of `holdfast --help`. Rows hold no code: what a verb does is loaded when it runs. */
export const verbs: readonly Verb[] = [
  ...serverRows,
  ...offlineRows,
  ...runsRows,
  ...sweepsRows,
  ...historyRows,
  ...bundleRows,
  ...driftRows,
  ...auditLogRows,
  ...auditsRows,
  ...auditExportRows,
  ...peopleRows,
  ...retentionRows,
  ...catalogueRows,
  ...operationsRows,
];
