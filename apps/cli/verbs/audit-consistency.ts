import { DomainError } from '#kernel';
import { encodeBase64, openCheckpoint, parseCheckpoint, verifyConsistency, type Checkpoint } from '#evidence';
import { policyOf, watchLog, type WatchedLog } from '../audit-log/watch-log.js';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { readText } from '../read-text.js';
import type { Session } from '../session.js';
import type { Action } from '../verb.js';

/** That one state of the log continues another: of two checkpoints, or of sizes below the newest one. */
export const auditConsistency: Action = async (session, [from = '', to], options) => {
  const log = await watchLog(session, await policyOf(options));
  const [earlier, later] = [
    await stateOf(from, log),
    to === undefined ? log.checkpoint : await stateOf(to, log),
  ];
  const { auditor } = await session.connection();
  const call = { repeatable: true } as const;
  const proof = await auditor.proveConsistency({ fromSize: earlier.size, toSize: later.size }, call);
  const [first, second] = [
    { size: earlier.size, root: earlier.root ?? proof.fromRoot },
    { size: later.size, root: later.root ?? proof.toRoot },
  ];
  const holds =
    verifyConsistency(first, second, proof.hashes) && (await belongs(session, second, later, log));
  const what = `${first.size} entries to ${second.size}`;
  await showOne(
    session.terminal,
    session.format,
    {
      ...{ origin: log.checkpoint.origin, holds, fromSize: first.size, toSize: second.size },
      ...{ fromRoot: encodeBase64(first.root), toRoot: encodeBase64(second.root) },
      hashes: proof.hashes.map(encodeBase64),
    },
    () =>
      holds ? `the log only grew, from ${what}` : `the log did NOT only grow, from ${what}: it was forked`,
  );
  return holds ? exitStatus.success : exitStatus.verification;
};

/** Longest note that is read. */
const mostBytes = 2 ** 20;

interface State {
  readonly size: number;
  /** Known by a signed checkpoint; undefined where only a size was given. */
  readonly root?: Uint8Array;
}

/** A root that only the server names must itself be the beginning of the signed checkpoint. */
async function belongs(
  session: Session,
  named: Omit<Checkpoint, 'origin'>,
  later: State,
  log: WatchedLog,
): Promise<boolean> {
  if (later.root !== undefined) return true;
  const { auditor } = await session.connection();
  const sizes = { fromSize: named.size, toSize: log.checkpoint.size };
  return verifyConsistency(
    named,
    log.checkpoint,
    (await auditor.proveConsistency(sizes, { repeatable: true })).hashes,
  );
}

/** @throws CHECKPOINT_UNREADABLE, and what `openCheckpoint` throws */
async function stateOf(given: string, { policy, checkpoint }: WatchedLog): Promise<State> {
  if (/^\d{1,15}$/.test(given))
    return Number(given) === checkpoint.size ? checkpoint : { size: Number(given) };
  let note: string;
  try {
    note = await readText(given, mostBytes);
  } catch (error) {
    const message = `${given} is neither a size nor a file with a checkpoint: ${(error as Error).message}`;
    throw new DomainError('invalid', 'CHECKPOINT_UNREADABLE', message);
  }
  if (parseCheckpoint(note).origin !== checkpoint.origin)
    throw new DomainError(
      'integrity',
      'LOG_FORKED',
      `${given} is of another log, ${parseCheckpoint(note).origin}`,
    );
  return openCheckpoint(note, { keys: policy.keys });
}
