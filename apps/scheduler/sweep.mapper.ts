import type { JsonObject } from '#kernel';
import { canonicalBytes } from '#evidence';
import type { scheduler } from '#contracts';
import { membersOf } from '#domain/sweep';
import type { Shown } from '#runtime';
import type { StoredSweep } from './read-sweep.js';
import type { SweepDocument } from './sweep.projection.js';

/** Of one of many: what the read model knows. */
export const toListedSweep = (sweep: Shown<SweepDocument>): scheduler.Sweep => ({
  id: sweep.id,
  stream: sweep.stream,
  namespace: sweep.namespace,
  blueprint: sweep.blueprint,
  blueprintVersion: sweep.blueprintVersion,
  space: Buffer.from(sweep.space),
  members: sweep.members,
  submitted: sweep.submitted,
  completed: sweep.completed,
  failed: sweep.failed,
  cancelled: sweep.cancelled,
  status: sweep.status,
  reason: sweep.reason,
  submittedAt: sweep.submittedAt,
});

/** Of a single one: what its stream says, and how far the read model knows its members to be. */
export const toSweep = (
  { id, stream, status, submitted }: StoredSweep,
  counted: SweepDocument | undefined,
  reason: string,
): scheduler.Sweep => {
  return {
    ...{ id, stream, namespace: submitted.namespace },
    ...{ blueprint: submitted.blueprint.name, blueprintVersion: submitted.blueprint.version },
    space: Buffer.from(canonicalBytes(submitted.space as unknown as JsonObject)),
    members: submitted.members,
    submitted: counted?.submitted ?? 0,
    completed: counted?.completed ?? 0,
    failed: counted?.failed ?? 0,
    cancelled: counted?.cancelled ?? 0,
    // That all members are over only the counts can say.
    status: counted?.status === 'completed' ? 'completed' : status,
    reason,
    submittedAt: submitted.submittedAt,
  };
};

const mostBytes = 8 * 2 ** 20;
const perMember = 64;

/** Members with their runs, as many as an answer may hold. */
export function toMembers(
  { submitted: { space } }: StoredSweep,
  runs: ReadonlyMap<number, string>,
): scheduler.SweepMember[] {
  const members: scheduler.SweepMember[] = [];
  let [index, bytes] = [0, 0];
  for (const values of membersOf(space).all()) {
    const knobs = Buffer.from(canonicalBytes(values));
    bytes += knobs.length + perMember;
    if (bytes > mostBytes) break;
    members.push({ index, knobs, run: runs.get(index) });
    index++;
  }
  return members;
}
