import { IsBoolean, IsIn, IsInt, IsNotEmpty, Matches, Max, Min } from 'class-validator';

/** What one setting accepts: how its text is read, and the checks on what was read. */
export interface Setting {
  read(text: string): unknown;
  readonly checks: readonly PropertyDecorator[];
}

const readers = new Map<object, Map<string, Setting['read']>>();

/** Says of a field of a configuration class what its variable may hold: `@Accepts(wholeNumber(0, 65535)) grpcPort = 4653`. */
export const Accepts =
  ({ read, checks }: Setting) =>
  (prototype: object, field: string): void => {
    for (const check of checks) check(prototype, field);
    const fields = readers.get(prototype) ?? new Map<string, Setting['read']>();
    readers.set(prototype, fields.set(field, read));
  };

/** Of a class and of those that it extends. */
export function readerOf(instance: object, field: string): Setting['read'] | undefined {
  for (let at: unknown = Object.getPrototypeOf(instance); at !== null; at = Object.getPrototypeOf(at)) {
    const found = readers.get(at as object)?.get(field);
    if (found) return found;
  }
  return undefined;
}

const asItIs = (text: string): string => text;

export const anyText: Setting = { read: asItIs, checks: [IsNotEmpty({ message: 'must not be empty' })] };

export const matching = (pattern: RegExp, message: string): Setting => ({
  read: asItIs,
  checks: [Matches(pattern, { message })],
});

export const oneOf = (values: readonly string[]): Setting => ({
  read: asItIs,
  checks: [IsIn(values, { message: `must be one of ${values.join(', ')}` })],
});

/** @param unit as in `a whole number of bytes` */
export function wholeNumber(from: number, to: number, unit?: string): Setting {
  const message = `must be a whole number${unit === undefined ? '' : ` of ${unit}`} from ${from} to ${to}`;
  return {
    read: (text) => (text.trim() === '' ? text : Number(text)),
    checks: [IsInt({ message }), Min(from, { message }), Max(to, { message })],
  };
}

export const flag: Setting = {
  read: (text) => (text === '1' ? true : text === '0' ? false : text),
  checks: [IsBoolean({ message: 'must be 1 or 0' })],
};

/** `HOST:PORT`, also `[::1]:4653`; of several instances `127.0.0.1:4653,127.0.0.1:4654`. */
export const hostAndPort = matching(
  /^(?:[^\s:/,]+|\[[0-9a-f:]+\]):\d{1,5}(?:,(?:[^\s:/,]+|\[[0-9a-f:]+\]):\d{1,5})*$/i,
  'must be HOST:PORT, or several with commas between',
);
