const escapes: Readonly<Record<string, string>> = { _: '__', '.': '_d', '/': '_s' };

/** A metric's name as one step of a field path of the read store: dots and slashes would mean something else there. */
export const metricField = (name: string): string => name.replace(/[_./]/g, (char) => escapes[char] ?? char);
