import type { Closing } from './closing.js';
import type { Reader } from './reader.js';

/** How often the engine is asked for its newest event while anybody waits at the end. */
const everyMs = 500;

/**
 * Asks for the head while there are subscriptions: they learn how far the store is although their filter drops what comes, and that they
 * have been forgotten although their connection stands.
 */
export interface HeadWatch {
  /** The returned function ends it. */
  join(): () => void;
}

export function openHeadWatch(reader: Reader, closing: Closing): HeadWatch {
  let members = 0;
  let timer: NodeJS.Timeout | undefined;

  const look = () => {
    timer = undefined;
    const again = () => {
      if (members > 0 && !closing.isClosed()) start();
    };
    // What it finds goes to the tail; an engine that is away is asked again.
    reader.head().then(again, again);
  };
  const start = () => {
    timer ??= setTimeout(look, everyMs).unref();
  };

  return {
    join() {
      members++;
      start();
      return () => {
        members--;
        if (members > 0) return;
        clearTimeout(timer);
        timer = undefined;
      };
    },
  };
}
