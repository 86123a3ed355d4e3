import type { Attempt, StopReason } from '../attempt/attempt.js';

/** A lease as the scheduler names it. */
export interface LeaseName {
  readonly runId: string;
  readonly epoch: number;
}

/** The attempts that this executor holds. */
export interface Attempts {
  add(attempt: Attempt): void;
  list(): LeaseName[];
  stop(lease: LeaseName, reason: StopReason): void;
  stopAll(reason: StopReason): void;
  /** When there is none any more. */
  ended(): Promise<void>;
}

/** @param onEnd after each that ended: a slot is free */
export function openAttempts(onEnd: () => void): Attempts {
  const held = new Set<Attempt>();
  return {
    add(attempt) {
      held.add(attempt);
      void attempt.ended.then(() => {
        held.delete(attempt);
        onEnd();
      });
    },
    list: () => [...held].map(({ runId, epoch }) => ({ runId, epoch })),
    stop({ runId, epoch }, reason) {
      for (const attempt of held)
        if (attempt.runId === runId && attempt.epoch === epoch) attempt.stop(reason);
    },
    stopAll(reason) {
      for (const attempt of held) attempt.stop(reason);
    },
    async ended() {
      while (held.size > 0) await Promise.all([...held].map((attempt) => attempt.ended));
    },
  };
}
