/** What one setting accepts, and what to say when it is given something else. */
export interface Setting {
  /** @returns undefined for what is not accepted */
  read(text: string): unknown;
  readonly message: string;
}

const declared = new Map<object, Map<string, Setting>>();

/** Says of a field of a configuration class what its variable may hold: `@Accepts(wholeNumber(0, 65535)) grpcPort = 4653`. */
export const Accepts =
  (setting: Setting) =>
  (prototype: object, field: string): void => {
    const fields = declared.get(prototype) ?? new Map<string, Setting>();
    declared.set(prototype, fields.set(field, setting));
  };

/** Of a class and of those that it extends. */
export function settingOf(instance: object, field: string): Setting | undefined {
  for (let at: unknown = Object.getPrototypeOf(instance); at !== null; at = Object.getPrototypeOf(at)) {
    const found = declared.get(at as object)?.get(field);
    if (found) return found;
  }
  return undefined;
}

export const anyText: Setting = { read: (text) => text, message: 'must not be empty' };

export const matching = (pattern: RegExp, message: string): Setting => ({
  read: (text) => (pattern.test(text) ? text : undefined),
  message,
});

export const oneOf = (values: readonly string[]): Setting => ({
  read: (text) => values.find((value) => value === text),
  message: `must be one of ${values.join(', ')}`,
});

/** @param unit as in `a whole number of bytes` */
export const wholeNumber = (from: number, to: number, unit?: string): Setting => ({
  read(text) {
    const value = Number(text);
    return text.trim() !== '' && Number.isSafeInteger(value) && value >= from && value <= to
      ? value
      : undefined;
  },
  message: `must be a whole number${unit === undefined ? '' : ` of ${unit}`} from ${from} to ${to}`,
});

export const flag: Setting = {
  read: (text) => (text === '1' ? true : text === '0' ? false : undefined),
  message: 'must be 1 or 0',
};

/** `HOST:PORT`, also `[::1]:4653`. */
export const hostAndPort = matching(/^(?:[^\s:/]+|\[[0-9a-f:]+\]):\d{1,5}$/i, 'must be HOST:PORT');
