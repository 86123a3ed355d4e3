/** Items waiting for one reader, in the order they came. */
export interface Mailbox<Item> {
  /** False when there is no room for so many bytes more: the item is dropped. */
  offer(item: Item, sizeBytes: number): boolean;
  /** What is waiting is still read; then the reading ends, with the error where there is one. */
  end(error?: Error): void;
  /** Ends without error when the signal aborts. */
  items(signal: AbortSignal): AsyncGenerator<Item>;
}

const mostBytes = 4 * 2 ** 20;

export function openMailbox<Item>(): Mailbox<Item> {
  const waiting: { readonly item: Item; readonly sizeBytes: number }[] = [];
  let bytes = 0;
  let over: { readonly error: Error | undefined } | undefined;
  let arrived = Promise.withResolvers<void>();
  return {
    offer(item, sizeBytes) {
      if (bytes + sizeBytes > mostBytes) return false;
      bytes += sizeBytes;
      waiting.push({ item, sizeBytes });
      arrived.resolve();
      return true;
    },
    end(error) {
      over = { error };
      arrived.resolve();
    },
    async *items(signal) {
      const stop = () => arrived.resolve();
      signal.addEventListener('abort', stop, { once: true });
      try {
        while (!signal.aborted) {
          for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
            bytes -= next.sizeBytes;
            yield next.item;
          }
          if (over?.error !== undefined) throw over.error;
          if (over !== undefined) return;
          arrived = Promise.withResolvers<void>();
          if (waiting.length === 0 && over === undefined && !signal.aborted) await arrived.promise;
        }
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  };
}
