import { isDomainError } from '#kernel';
import type { scheduler } from '#contracts';
import type { Session } from '../session.js';

type Run = scheduler.Run;

const ended: ReadonlySet<string> = new Set([
  'RUN_STATUS_REJECTED',
  'RUN_STATUS_COMPLETED',
  'RUN_STATUS_FAILED',
  'RUN_STATUS_CANCELLED',
]);

export const hasEnded = ({ status }: Pick<Run, 'status'>): boolean => ended.has(status);

const patienceMs = 60_000;

/**
 * A run now and after each of its events, until it has ended and the server's lists say so too: the next command sees it. A lost
 * connection is taken up where it stopped, for as long as a minute without a word.
 */
export async function* followRun(
  { connection, clock, signal }: Pick<Session, 'connection' | 'clock' | 'signal'>,
  { namespace, id }: Pick<Run, 'namespace' | 'id'>,
  callSignal: AbortSignal = signal,
): AsyncGenerator<Run, void> {
  const { scheduler } = await connection();
  let revision: number | undefined;
  let heardMs = clock.monotonicMs();
  let over = false;
  while (!over) {
    try {
      const from = revision === undefined ? {} : { fromRevision: revision };
      for await (const { run } of scheduler.watchRun({ namespace, id, ...from }, { signal: callSignal })) {
        heardMs = clock.monotonicMs();
        if (run === undefined) continue;
        revision = run.revision;
        yield run;
        over = hasEnded(run);
      }
    } catch (error) {
      if (over) return;
      const gone = isDomainError(error) && error.kind === 'unavailable';
      if (!gone || clock.monotonicMs() - heardMs > patienceMs) throw error;
    }
    if (!over) await clock.sleep(250, callSignal);
  }
}
