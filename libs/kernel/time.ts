import type { Instant } from './brand.js';

/** The one door for time. Everything outside adapters and platform takes a `Clock`. */
export interface Clock {
  /** Wall-clock time, for records only: it orders nothing. */
  now(): Instant;
  /** Milliseconds that never run backwards, for durations and leases. */
  monotonicMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A timer that does not keep the process alive; the returned function stops it. */
  after(ms: number, action: () => void): () => void;
}

/** The one door for chance. */
export interface Chance {
  uuid(): string;
  bytes(length: number): Uint8Array;
  /** A float in [0, 1), for jitter only. */
  fraction(): number;
}

export const toInstant = (epochMs: number): Instant => new Date(epochMs).toISOString() as Instant;
export const epochMs = (instant: Instant): number => Date.parse(instant);

export const systemClock: Clock = {
  now: () => toInstant(Date.now()),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export const systemChance: Chance = {
  uuid: () => globalThis.crypto.randomUUID(),
  bytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
  fraction: () => Math.random(),
};
