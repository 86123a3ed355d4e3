import { DomainError } from '#kernel';

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** From 50 ms, doubled with each failure, up to `mostMs`. */
export const backoffMs = (failures: number, mostMs = 2000): number =>
  Math.min(mostMs, 50 * 2 ** Math.min(failures, 10));

/** @throws BUS_UNAVAILABLE when `work` has not ended by then; it goes on, unheard. */
export async function within<Result>(deadlineMs: number, work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `Kafka did not answer within ${deadlineMs} ms`;
      reject(new DomainError('unavailable', 'BUS_UNAVAILABLE', message));
    }, deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
