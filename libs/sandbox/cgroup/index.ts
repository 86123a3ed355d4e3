import type { Cgroups } from './cgroup.js';
import { openV1 } from './v1.js';
import { openV2 } from './v2.js';

export type { CgroupHits, Cgroups, CgroupUsage, StepCgroup } from './cgroup.js';
export { endMembers, membersOf, removeGroups } from './end.js';

let found: Promise<Cgroups | undefined> | undefined;

/** Control groups with at least a limit on processes; undefined where this user may not make any. Tried once per process. */
export const openCgroups = (): Promise<Cgroups | undefined> =>
  (found ??= openV1().then((v1) => v1 ?? openV2()));
