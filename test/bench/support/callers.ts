import { median } from '../harness/measure.js';

export interface Pace {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly done: number;
}

/** So many callers do `work` by turns, beginning no more after `forMs`. */
export async function pace(
  forMs: number,
  callers: number,
  work: (caller: number) => Promise<unknown>,
): Promise<Pace> {
  const durations: number[] = [];
  const startedAt = performance.now();
  const call = async (caller: number) => {
    do {
      const begun = performance.now();
      await work(caller);
      durations.push(performance.now() - begun);
    } while (performance.now() - startedAt < forMs);
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    perSecond: durations.length / seconds,
    p50Ms: median(durations) ?? Number.NaN,
    done: durations.length,
  };
}
