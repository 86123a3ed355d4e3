import { isDomainError, streamUuid, type Clock } from '#kernel';
import type { Subjects } from '#key-store';
import type { Reactor, View } from '#runtime';
import type { PersonDocument } from './person.projection.js';

/** Destroys what an erasure that was recorded has not destroyed yet: whoever recorded it may have stopped before. */
export const eraseReactor = (people: Subjects): Reactor => ({
  name: 'erase-people',
  kinds: ['person'],
  types: ['PersonErased'],
  async handle({ stream }) {
    await people.erase(streamUuid(stream));
  },
});

const firstMs = 1_000;
const everyMs = 60 * 60_000;
const againMs = 60_000;
const page = 500;

/**
 * Erases again whom a restored directory has brought back, soon after the start and every hour. Where nobody was ever erased, the directory
 * is not opened. While the read model is built for the first time, it waits for that.
 * @returns ends it
 */
export function forgetErased(
  view: View<PersonDocument>,
  people: Subjects,
  clock: Clock,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const ended = new AbortController();
  const { signal } = ended;

  async function forget(): Promise<void> {
    for (let pageToken = ''; !signal.aborted;) {
      const erased = await view.page({
        where: [{ field: 'erased', is: true }],
        sort: { field: 'order', direction: 'asc' },
        ...{ pageSize: page, pageToken },
      });
      for (const { id } of erased.items) await people.erase(id);
      pageToken = erased.nextPageToken;
      if (pageToken === '') return;
    }
  }

  async function repeat(): Promise<void> {
    for (let restMs = firstMs; ;) {
      await clock.sleep(restMs, signal);
      restMs = await forget().then(
        () => everyMs,
        (error: unknown) => {
          if (isDomainError(error) && error.code === 'NOT_READY') return firstMs;
          onError(error);
          return againMs;
        },
      );
    }
  }

  const running = repeat().catch(() => undefined);
  return () => {
    ended.abort();
    return running;
  };
}
