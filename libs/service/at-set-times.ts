import { epochMs, type Clock } from '#kernel';
import type { ReadStore } from '#read-store';

/** How often is looked whether it is time, at most. */
const lookEveryMs = 60_000;

/** Work of a service that is done again and again. */
export interface SetTime {
  /** What the time of its last begin is remembered under. */
  readonly name: string;
  /** 0 for never. */
  readonly everyMs: number;
  act(signal: AbortSignal): Promise<void>;
}

/**
 * Does each at its time, one instance at a time: who moves the time of the last begin does it. What is cut off is done at the next time. The
 * first time counts from when it was first looked: on a new server there is nothing to do.
 * @returns ends it, and resolves when nothing of it runs any more
 */
export function atSetTimes(
  { readStore, clock }: { readonly readStore: ReadStore; readonly clock: Clock },
  times: readonly SetTime[],
  onError: (name: string, error: unknown) => void,
): () => Promise<void> {
  const ended = new AbortController();
  const { signal } = ended;

  async function isTime({ name, everyMs }: SetTime): Promise<boolean> {
    const setting = `${name}:begun`;
    const now = epochMs(clock.now());
    const begun = await readStore.getSetting(setting);
    const sinceMs = now - Number(begun ?? 0);
    // A clock that was far ahead when it was begun last, and is not any more, must not put it off until then.
    if (begun !== undefined && sinceMs < everyMs && sinceMs > -lookEveryMs) return false;
    const mine = await readStore.setSetting(setting, begun, String(now));
    return mine && begun !== undefined;
  }

  async function repeat(one: SetTime): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(Math.min(one.everyMs, lookEveryMs), signal);
      try {
        if (await isTime(one)) await one.act(signal);
      } catch (error) {
        if (!signal.aborted) onError(one.name, error);
      }
    }
  }

  const running = times.filter(({ everyMs }) => everyMs > 0).map((one) => repeat(one).catch(() => undefined));
  return async () => {
    ended.abort();
    await Promise.all(running);
  };
}
