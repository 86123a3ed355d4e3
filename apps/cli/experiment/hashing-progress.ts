import type { HashProgress } from '#evidence/files';
import { openProgress } from '../output/progress.js';
import type { Session } from '../session.js';

/** One line for all that is being hashed at once. */
export function hashingProgress({ terminal, clock }: Pick<Session, 'terminal' | 'clock'>) {
  const line = openProgress(terminal, clock, 'hashing', 'bytes');
  const parts = new Map<string, HashProgress>();
  return {
    update(what: string, progress: HashProgress) {
      parts.set(what, progress);
      const all = [...parts.values()];
      line.update(
        all.reduce((sum, { bytesDone }) => sum + bytesDone, 0),
        all.reduce((sum, { bytesTotal }) => sum + bytesTotal, 0),
      );
    },
    end: () => line.end(),
  };
}
