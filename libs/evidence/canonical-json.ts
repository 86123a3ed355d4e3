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
  return write(value, []);
}

export const canonicalBytes = (value: Json): Uint8Array => new TextEncoder().encode(canonicalize(value));

/** Keys and indexes down to a value, for the message only. */
type Path = (string | number)[];

function write(value: unknown, path: Path): string {
  if (path.length > maxDepth) throw refused(path, `is nested deeper than ${maxDepth}`);
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
      return Array.isArray(value) ? writeArray(value, path) : writeObject(value, path);
    default:
      throw refused(path, `is a ${typeof value}`);
  }
}

function writeArray(items: readonly unknown[], path: Path): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) {
    path.push(i);
    text += i === 0 ? write(items[i], path) : `,${write(items[i], path)}`;
    path.pop();
  }
  return `${text}]`;
}

function writeObject(object: object, path: Path): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw refused(path, 'is not a plain object');
  let text = '{';
  for (const key of Object.keys(object).sort()) {
    if (!key.isWellFormed()) throw refused(path, 'has a key with a lone surrogate');
    path.push(key);
    const member = `${JSON.stringify(key)}:${write((object as Record<string, unknown>)[key], path)}`;
    text += text === '{' ? member : `,${member}`;
    path.pop();
  }
  return `${text}}`;
}

function refused(keys: Path, what: string): DomainError {
  const path = `$${keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')}`;
  return new DomainError('invalid', 'NOT_CANONICAL', `${path} ${what}: it has no canonical JSON`, {
    facts: { path },
  });
}
