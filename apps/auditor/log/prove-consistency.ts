import { assertNoProblems, DomainError } from '#kernel';
import { consistencyRanges, emptyRoot, rangeHashes, verifyConsistency, type ReadTile } from '#evidence';
import type { auditor as proto } from '#contracts';
import type { AuditLog } from './audit-log.js';

/**
 * That the log of one size begins with that of another; both sizes may be any that the log had.
 * @throws INVALID_REQUEST, LOG_EMPTY, PROOF_OUTSIDE, TILE_MISSING, LOG_CORRUPT
 */
export async function proveConsistency(
  log: AuditLog,
  { fromSize, toSize }: proto.ProveConsistencyRequest,
): Promise<proto.ProveConsistencyResponse> {
  assertNoProblems(sizeProblems({ from_size: fromSize, to_size: toSize ?? 0 }), 'INVALID_REQUEST');
  const newest = await log.checkpoint();
  const to = toSize ?? newest.checkpoint.size;
  if (to > newest.checkpoint.size || fromSize > to) throw outside(fromSize, to, newest.checkpoint.size);
  const read = await log.read();
  const hashes = await rangeHashes(consistencyRanges(fromSize, to), newest.checkpoint.size, read);
  const [fromRoot, toRoot] = [
    await rootAt(fromSize, newest.checkpoint.size, read),
    await rootAt(to, newest.checkpoint.size, read),
  ];
  if (!verifyConsistency({ size: fromSize, root: fromRoot }, { size: to, root: toRoot }, hashes))
    throw new DomainError(
      'integrity',
      'LOG_CORRUPT',
      'the tiles of the audit log contradict each other; `holdfast audit verify` says which',
    );
  const [fromCheckpoint, toCheckpoint] = await Promise.all([kept(log, fromSize), kept(log, to)]);
  return {
    ...{ fromSize, toSize: to },
    fromRoot: Buffer.from(fromRoot),
    toRoot: Buffer.from(toRoot),
    hashes: hashes.map((hash) => Buffer.from(hash)),
    fromCheckpoint,
    toCheckpoint,
  };
}

async function rootAt(size: number, logSize: number, read: ReadTile): Promise<Uint8Array> {
  if (size === 0) return emptyRoot;
  const [root] = await rangeHashes([{ from: 0, to: size }], logSize, read);
  return root as Uint8Array;
}

const kept = (log: AuditLog, size: number): Promise<string | undefined> =>
  log.checkpoint(size).then(
    ({ note }) => note,
    () => undefined,
  );

const sizeProblems = (sizes: Readonly<Record<string, number>>) =>
  Object.entries(sizes)
    .filter(([, size]) => !Number.isSafeInteger(size) || size < 0)
    .map(([field, size]) => ({
      ...{ code: 'INVALID_REQUEST', field, message: 'is not the size of a log', found: String(size) },
      fix: 'say how many entries the log had, as its checkpoint does',
    }));

const outside = (from: number, to: number, size: number): DomainError =>
  new DomainError(
    'invalid',
    'PROOF_OUTSIDE',
    `the log has ${size} entries: nothing can be proven from ${from} to ${to}`,
  );
