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
  const sorted = ordered(value, 0);
  return sorted === notPlain ? write(value, []) : JSON.stringify(sorted);
}

export const canonicalBytes = (value: Json): Uint8Array => encoder.encode(canonicalize(value));

const encoder = new TextEncoder();

/** What `JSON.stringify` would not write as it has to be, or nobody may: {@link write} does the one and says what is wrong with the other. */
const notPlain = Symbol('not plain');
/** Keys that are well-formed, stay in the order in which they are set, and do nothing else when they are. */
const isPlainKey = (key: string): boolean => {
  const first = key.charCodeAt(0);
  return !(first >= 0x30 && first <= 0x39) && key !== '__proto__' && key.isWellFormed();
};

/**
 * The same value with every object's keys in order, so that `JSON.stringify`, which prints strings and numbers as RFC 8785 wants them,
 * writes the canonical text in one go. What is in order already is not copied.
 */
function ordered(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? value : notPlain;
    case 'number':
      return Number.isFinite(value) ? value : notPlain;
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return value;
      if (depth >= maxDepth) return notPlain;
      return Array.isArray(value) ? orderedItems(value, depth + 1) : orderedMembers(value, depth + 1);
    default:
      return notPlain;
  }
}

function orderedItems(items: readonly unknown[], depth: number): unknown {
  let copy: unknown[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const item = ordered(items[i], depth);
    if (item === notPlain) return notPlain;
    if (item !== items[i]) (copy ??= [...items])[i] = item;
  }
  return copy ?? items;
}

function orderedMembers(object: object, depth: number): unknown {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) return notPlain;
  const members = object as Record<string, unknown>;
  const keys = Object.keys(object);
  let same = true;
  for (let i = 0, before = ''; i < keys.length; i++) {
    const key = keys[i] as string;
    if (!isPlainKey(key)) return notPlain;
    if (key < before) same = false;
    before = key;
  }
  if (!same) keys.sort();
  let copy: Record<string, unknown> | undefined = same ? undefined : {};
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const member = ordered(members[key], depth);
    if (member === notPlain) return notPlain;
    if (copy === undefined && member !== members[key]) {
      copy = {};
      for (const before of keys.slice(0, i)) copy[before] = members[before];
    }
    if (copy !== undefined) copy[key] = member;
  }
  return copy ?? object;
}

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
