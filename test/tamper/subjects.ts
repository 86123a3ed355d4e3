import { auditExport } from './audit-export.js';
import { eventDatabase, tilesAndCheckpoints } from './audit-log.js';
import { bundle } from './bundle.js';
import type { Subject } from './subject.js';

/** Everything that holds evidence and may fall into strange hands. */
export const subjects: readonly Subject[] = [eventDatabase, tilesAndCheckpoints, bundle, auditExport];
