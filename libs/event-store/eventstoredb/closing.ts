import { storeClosed } from '../checks.js';

/** Whether the store is open, and who has to hear when it no longer is. */
export interface Closing {
  /** @throws STORE_CLOSED */
  assertOpen(): void;
  isClosed(): boolean;
  close(): void;
  /** Calls when it closes; the returned function ends it. */
  onClose(tell: () => void): () => void;
}

export function openClosing(): Closing {
  const waiting = new Set<() => void>();
  let closed = false;
  return {
    assertOpen() {
      if (closed) throw storeClosed();
    },
    isClosed: () => closed,
    close() {
      closed = true;
      for (const tell of waiting) tell();
    },
    onClose(tell) {
      waiting.add(tell);
      return () => waiting.delete(tell);
    },
  };
}
