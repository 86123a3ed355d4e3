import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Clock } from '#kernel';

const lookEveryMs = 1_000;
const mostLooks = 60;

/**
 * Hears out the ends of a step that is over. They are closed when at two looks in a row nothing had come and nothing was left to read: then
 * a process that got away holds the other end. One look tells nothing, for this server may have stood still meanwhile. Whoever never stops
 * talking is cut off after a minute.
 * @returns ends the looking
 */
export function hearOut(ends: readonly Readable[], clock: Clock): () => void {
  let [heard, silent, looks] = [-1, 0, 0];
  let stop = (): void => undefined;
  const look = () => {
    const now = ends.reduce((sum, end) => sum + ((end as Partial<Socket>).bytesRead ?? 0), 0);
    const isSilent = now === heard && ends.every(({ readableLength }) => readableLength === 0);
    [heard, silent, looks] = [now, isSilent ? silent + 1 : 0, looks + 1];
    if (silent === 2 || looks > mostLooks) ends.forEach((end) => end.destroy());
    else stop = clock.after(lookEveryMs, look);
  };
  look();
  return () => stop();
}
