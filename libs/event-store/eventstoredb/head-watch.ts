import type { Closing } from './closing.js';
import type { Reader } from './reader.js';

/** How often the engine is asked for its newest event while anybody waits at the end: with a filter, and without. */
const [everyMs, everyUnfilteredMs] = [500, 2000];

/**
 * Asks for the head while there are subscriptions: they learn how far the store is although their filter drops what comes, and that they
 * have been forgotten although their connection stands.
 */
export interface HeadWatch {
  /** The returned function ends it. */
  join(isFiltered: boolean): () => void;
}

export function openHeadWatch(reader: Reader, closing: Closing): HeadWatch {
  const members = { filtered: 0, unfiltered: 0 };
  let timer: NodeJS.Timeout | undefined;

  const look = () => {
    timer = undefined;
    // What it finds goes to the tail; an engine that is away is asked again.
    reader.head().then(start, start);
  };
  function start(): void {
    const { filtered, unfiltered } = members;
    if (timer !== undefined || filtered + unfiltered === 0 || closing.isClosed()) return;
    timer = setTimeout(look, filtered > 0 ? everyMs : everyUnfilteredMs).unref();
  }
  function again(): void {
    clearTimeout(timer);
    timer = undefined;
    start();
  }

  return {
    join(isFiltered) {
      const kind = isFiltered ? 'filtered' : 'unfiltered';
      members[kind]++;
      if (isFiltered && members.filtered === 1) again();
      else start();
      return () => {
        members[kind]--;
        if (members.filtered + members.unfiltered === 0) again();
      };
    },
  };
}
