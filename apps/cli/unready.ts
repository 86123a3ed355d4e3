import { DomainError } from '#kernel';
import { printable } from './output/terminal.js';

/** Times in a row, five seconds apart, that a server says what a part fails with, before whoever cannot wait gives it up. */
const patience = 3;

interface Line {
  readonly level?: string;
  readonly message?: string;
  readonly error?: { readonly code?: string; readonly message?: string };
  readonly parts?: readonly { readonly part: string; readonly because: string }[];
}

export interface Unready {
  /** A line of the server's log. */
  hear(line: string): void;
  /** Resolves when it will not get ready by itself. */
  readonly hopeless: Promise<DomainError>;
  stop(): void;
}

/** Tells, each thing once, what a server that is not ready yet says is wrong: from the moment on when it says that it is not. */
export function watchUnready(told: (text: string) => void = () => undefined, givesUp = false): Unready {
  const { promise: hopeless, resolve } = Promise.withResolvers<DomainError>();
  const wrong = new Set<string>();
  let [count, stuck, stopped] = [0, 0, false];

  function notReady(parts: NonNullable<Line['parts']>): void {
    const text = parts.map(({ part, because }) => `${part} (${because})`).join(', ');
    if (count++ === 0) for (const each of wrong) told(each);
    say(`the server is not ready yet: ${printable(text)}`);
    stuck = parts.some(({ because }) => /[A-Z]+_[A-Z_]+/.test(because)) ? stuck + 1 : 0;
    if (!givesUp || stuck < patience) return;
    resolve(new DomainError('unavailable', 'SERVER_NOT_READY', [...wrong].join('; ')));
  }

  function say(text: string): void {
    if (wrong.has(text)) return;
    wrong.add(text);
    if (count > 0) told(text);
  }

  return {
    hopeless,
    hear(text) {
      if (stopped) return;
      const { level, message = '', error, parts } = lineIn(text);
      if (parts !== undefined) notReady(parts);
      // What is only tried again is a warning.
      else if (level === 'error')
        say(
          printable(
            [message, [error?.code, error?.message].filter(Boolean).join('  ')].filter(Boolean).join(': '),
          ),
        );
    },
    stop: () => void (stopped = true),
  };
}

function lineIn(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return {};
  }
}
