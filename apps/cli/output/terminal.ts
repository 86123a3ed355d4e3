import { styleText } from 'node:util';
import { isInCi } from '../ci.js';

/** Where output goes and what it may contain. Machine output is alone on stdout; the rest goes to stderr. */
export interface Terminal {
  readonly colour: boolean;
  readonly interactive: boolean;
  readonly width: number;
  /** Whether a person looks at stdout. */
  readonly isScreen: boolean;
  out(text: string): void;
  /** Bytes to stdout, exactly these. */
  write(bytes: Uint8Array): void;
  /** Settles when stdout takes more: a slow reader must not fill this process's memory. */
  drained(): Promise<void>;
  note(text: string): void;
}

type Style = Parameters<typeof styleText>[0];

export function openTerminal(env: NodeJS.ProcessEnv, options: { readonly noColour: boolean }): Terminal {
  const { stdout, stderr } = process;
  return {
    colour: stdout.isTTY && !options.noColour && (env['NO_COLOR'] ?? '') === '',
    interactive: stderr.isTTY && !isInCi(env),
    // Some terminals say that they are 0 wide.
    width: stdout.columns || stderr.columns || 120,
    isScreen: stdout.isTTY === true,
    write: (bytes) => void stdout.write(bytes),
    out: (text) => void stdout.write(`${text}\n`),
    drained: () =>
      stdout.writableNeedDrain
        ? new Promise((resolve) => void stdout.once('drain', resolve))
        : Promise.resolve(),
    note: (text) => void stderr.write(`${text}\n`),
  };
}

export const paint = (terminal: Terminal, style: Style, text: string): string =>
  terminal.colour ? styleText(style, text, { validateStream: false }) : text;

/** Text from outside made harmless for a terminal: control and bidirectional characters become visible escapes. */
export const printable = (text: string): string =>
  text.replace(
    // eslint-disable-next-line no-control-regex
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
