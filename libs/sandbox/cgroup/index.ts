import type { Cgroups } from './cgroup.js';
import { openV1 } from './v1.js';
import { openV2 } from './v2.js';

export type { CgroupHits, Cgroups, CgroupUsage, StepCgroup } from './cgroup.js';
export { endMembers, membersOf, removeGroups } from './end.js';

/** Control groups with at least a limit on processes; undefined where this user may not make any. */
export const openCgroups = async (): Promise<Cgroups | undefined> => (await openV1()) ?? openV2();
