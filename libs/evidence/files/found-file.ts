import type { BigIntStats } from 'node:fs';
import type { TreeMode } from '#evidence';

/** A file of a tree as the walk saw it. */
export interface FoundFile extends FileState {
  /** Below the root, `/` between names. */
  readonly path: string;
  /** Where it is on this disk. */
  readonly at: string;
  readonly sizeBytes: number;
  readonly mode: TreeMode;
  /** Only of a symbolic link. */
  readonly target?: string;
}

/** One state of a file. */
export interface FileState {
  /** Tells this state of the file from every other as long as nobody sets the clock back. */
  readonly identity: string;
  /** The later of modification and change time, in milliseconds since 1970. */
  readonly changedAtMs: number;
}

/** Inode, size and times of the kernel: what moves whenever the bytes do. */
export const identityOf = ({ dev, ino, mode, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  `${dev} ${ino} ${mode} ${size} ${mtimeNs} ${ctimeNs}`;

/**
 * A file that was written to within this time may be written to again without a change that its times can show: the coarsest
 * file systems count in steps of two seconds.
 */
const restMs = 2_000;

/** Whether a later change would show in its identity. A time in the future is not at rest either. */
export const isAtRest = ({ changedAtMs }: Pick<FileState, 'changedAtMs'>, nowMs: number): boolean =>
  changedAtMs < nowMs - restMs;

export const stateOf = (stat: BigIntStats): FileState => ({
  identity: identityOf(stat),
  changedAtMs: Number((stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs) / 1_000_000n),
});
