import { systemClock, type Clock } from '#kernel';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

type Facts = Readonly<Record<string, unknown>>;
/** What happened, in constant words, and the facts apart. Never payloads, never secrets. */
export type LogLine = (message: string, facts?: Readonly<Record<string, unknown>>) => void;
export type Log = Readonly<Record<LogLevel, LogLine>> & {
  /** The same log with facts that every line carries, or that are asked for when it is written. */
  with(facts: Facts | (() => Facts)): Log;
};

export interface LogOptions {
  readonly service: string;
  readonly level?: LogLevel;
  /** Default: text when stderr is a terminal, JSON otherwise. */
  readonly format?: 'json' | 'text';
  /** Takes one finished line, without its line break; default stderr. */
  readonly write?: (line: string) => void;
  readonly clock?: Clock;
}

const longestTextChars = 4_000;

/** One line for each entry: JSON for collectors, text for people. A line is never broken by what is logged. */
export function createLog({
  service,
  level = 'info',
  format = process.stderr.isTTY ? 'text' : 'json',
  write = (line) => void process.stderr.write(`${line}\n`),
  clock = systemClock,
}: LogOptions): Log {
  const threshold = logLevels.indexOf(level);
  const render = format === 'json' ? asJson : asText;
  const make = (common: () => Facts): Log => {
    const line =
      (at: LogLevel): LogLine =>
      (message, facts) => {
        if (logLevels.indexOf(at) < threshold) return;
        write(render({ at: clock.now(), level: at, service, message }, { ...common(), ...facts }));
      };
    return {
      debug: line('debug'),
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      with: (facts) => make(() => ({ ...common(), ...(typeof facts === 'function' ? facts() : facts) })),
    };
  };
  return make(() => ({}));
}

interface Entry {
  readonly at: string;
  readonly level: LogLevel;
  readonly service: string;
  readonly message: string;
}

const asJson = (entry: Entry, facts: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ ...facts, ...entry, message: entry.message.slice(0, longestTextChars) }, plain);

function asText({ at, level, service, message }: Entry, facts: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${JSON.stringify(value, plain)}`);
  return printable(`${at.slice(11, 23)} ${level.padEnd(5)} ${service}  ${message}${shown.join('')}`);
}

/** A terminal obeys control characters, so none may reach it from what is logged. */
const printable = (text: string): string =>
  text.replace(
    // eslint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f-\u009f]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return value.slice(0, longestTextChars);
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, code: (value as { code?: unknown }).code, message, stack, cause };
}
