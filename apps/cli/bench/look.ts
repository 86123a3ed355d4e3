import { isDomainError } from '#kernel';
import type { Session } from '../session.js';
import type { FigureName } from './figures.js';
import type { Reading } from './judge.js';

export type Readings = Partial<Record<FigureName, Reading>>;

/** What is measured, and where. */
export interface Measuring {
  readonly session: Session;
  /** Of the server, when it lies on this machine and is known. */
  readonly dataDir: string | undefined;
  readonly isElsewhere: boolean;
  readonly forMs: number;
  /** What is being measured now. */
  say(what: string): void;
}

/** One look at an installation: which figures it tells, and how. */
export interface Look {
  readonly figures: readonly FigureName[];
  readonly what: string;
  read(): Promise<Readings>;
}

/** One after the other. What fails is a reading too; an interruption is thrown. */
export async function takeLooks(
  { session: { signal }, say }: Pick<Measuring, 'session' | 'say'>,
  looks: readonly Look[],
): Promise<Readings> {
  let readings: Readings = {};
  for (const { figures, what, read } of looks) {
    say(what);
    try {
      readings = { ...readings, ...(await read()) };
    } catch (error) {
      if (signal.aborted || !isExpected(error)) throw error;
      const failed = { failed: error.message };
      readings = { ...readings, ...Object.fromEntries(figures.map((name) => [name, failed])) };
    }
  }
  return readings;
}

/** Refused by the server, or by the file system. */
const isExpected = (error: unknown): error is Error =>
  isDomainError(error) || (error instanceof Error && 'syscall' in error);
