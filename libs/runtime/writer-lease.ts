import type { Clock } from '#kernel';
import type { Lease, ReadStore } from '#read-store';

export const leaseTtlMs = 10_000;
const renewEveryMs = leaseTtlMs / 3;
/** Within which another instance has taken a lease over from one that was killed, and is where that one was. */
export const takeOverMs = 2.5 * leaseTtlMs;

/**
 * Runs `work` while this instance is the one writer of `name`, renewing the lease at a third of its life. `work` gets a
 * signal that aborts when the lease is lost; every write it makes is fenced by the lease's token all the same.
 * Resolves to false when another instance holds the lease.
 */
export async function asOneWriter(
  readStore: ReadStore,
  clock: Clock,
  name: string,
  owner: string,
  signal: AbortSignal,
  work: (lease: Lease, signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const lease = await readStore.acquireLease(name, owner, leaseTtlMs);
  if (lease === undefined) return false;
  const lost = new AbortController();
  const both = AbortSignal.any([signal, lost.signal]);
  const renewal = renew();
  try {
    await work(lease, both);
  } finally {
    lost.abort();
    await renewal;
    await readStore.releaseLease(lease).catch(() => undefined);
  }
  return true;

  async function renew(): Promise<void> {
    while (!both.aborted) {
      try {
        // All of a process at the same moments, so that the store may renew them together.
        await clock.sleep(renewEveryMs - (clock.monotonicMs() % renewEveryMs), both);
        const renewed = await readStore.acquireLease(name, owner, leaseTtlMs);
        if (renewed?.token !== lease?.token) lost.abort();
      } catch {
        // Aborted, or the store is away for a moment: fencing decides, not this timer.
      }
    }
  }
}
