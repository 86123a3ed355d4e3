import { DomainError, type Json } from '#kernel';

/** Deeper nesting than this is refused, in both directions. */
export const maxDepth = 200;

/**
 * The one text of a JSON value: RFC 8785 (JCS). Keys in UTF-16 code unit order (§3.2.3), numbers as ECMAScript
 * prints them (§3.2.2.3), no white space.
 * @throws NOT_CANONICAL for undefined, NaN, Infinity, bigint, lone surrogates, sparse arrays, objects of a class, cycles and
 *   nesting beyond {@link maxDepth}; facts name the path
 */
export function canonicalize(value: Json): string {
  return write(value, '$', 0);
}

export const canonicalBytes = (value: Json): Uint8Array => new TextEncoder().encode(canonicalize(value));

function write(value: unknown, path: string, depth: number): string {
  if (depth > maxDepth) throw refused(path, `is nested deeper than ${maxDepth}`);
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw refused(path, 'has a lone surrogate');
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw refused(path, `is ${value}`);
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value, path, depth) : writeObject(value, path, depth);
    default:
      throw refused(path, `is a ${typeof value}`);
  }
}

function writeArray(items: readonly unknown[], path: string, depth: number): string {
  const parts: string[] = [];
  for (let i = 0; i < items.length; i++) parts.push(write(items[i], `${path}[${i}]`, depth + 1));
  return `[${parts.join(',')}]`;
}

function writeObject(object: object, path: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw refused(path, 'is not a plain object');
  const keys = Object.keys(object).sort();
  const members = keys.map((key) => {
    if (!key.isWellFormed()) throw refused(path, 'has a key with a lone surrogate');
    return `${JSON.stringify(key)}:${write((object as Record<string, unknown>)[key], `${path}.${key}`, depth + 1)}`;
  });
  return `{${members.join(',')}}`;
}

const refused = (path: string, what: string): DomainError =>
  new DomainError('invalid', 'NOT_CANONICAL', `${path} ${what}: it has no canonical JSON`, {
    facts: { path },
  });
