/** Lets one side work in short turns and the other keep it out for a while. */
export interface Gate {
  /** A turn; it waits while the gate is closed, and the gate waits for it. */
  hold(turn: () => Promise<void>): Promise<void>;
  whileClosed(): Promise<void>;
  /** Runs `work` with the gate closed and no turn under way. */
  closed<T>(work: () => Promise<T>): Promise<T>;
}

export function openGate(): Gate {
  let turn: Promise<void> = Promise.resolve();
  let closing: Promise<unknown> | undefined;
  const whileClosed = async () => {
    while (closing) await closing.catch(() => undefined);
  };
  return {
    whileClosed,
    async hold(work) {
      // No step between looking and beginning, so that nobody closes it in between.
      while (closing) await closing.catch(() => undefined);
      turn = work();
      await turn;
    },
    async closed(work) {
      await whileClosed();
      const result = turn.catch(() => undefined).then(work);
      closing = result;
      try {
        return await result;
      } finally {
        closing = undefined;
      }
    },
  };
}
