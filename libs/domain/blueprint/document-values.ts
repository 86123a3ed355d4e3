import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from 'yaml';
import type { Json, Place, Problem } from '#kernel';
import { declaredText, fieldOf, found, refusedKey, visible, type Path } from '#domain/declaration';
import { limits } from './document-limits.js';

/** Offsets of key and value by path, joined with NUL. */
export type Sites = ReadonlyMap<string, { readonly key?: number; readonly value: number }>;
export type Reading = { readonly value: Json; readonly problems: readonly Problem[]; readonly sites: Sites };

const coreTag = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;
const unread = Symbol('unread');

/** Turns parsed nodes into JSON, with the problems that only their source shows. */
export function createReading(place: (offset: number) => Place) {
  const problems: Problem[] = [];
  const sites = new Map<string, { key?: number; value: number }>();
  const anchors = new Map<string, Node>();
  let [values, aliases] = [0, 0];

  const report = (code: string, path: Path, offset: number, message: string, fix: string, what?: string) => {
    if (problems.length >= limits.problems) return;
    const shown = what === undefined ? {} : { found: what };
    problems.push({ code, field: fieldOf(path), message, ...shown, fix, place: place(offset) });
  };

  const reportAll = (found: readonly Problem[], offset: number) => {
    const more = found.slice(0, Math.max(0, limits.problems - problems.length));
    problems.push(...more.map((problem) => ({ ...problem, place: place(offset) })));
  };
  const checkText = (text: string, path: Path, offset: number) => reportAll(declaredText(text, path), offset);

  const scalar = (node: Scalar, path: Path, offset: number): Json => {
    const { value } = node;
    if (typeof value === 'string') {
      checkText(value, path, offset);
      return value;
    }
    if (typeof value === 'bigint' || typeof value === 'number') {
      const number = Number(value);
      if (!Number.isFinite(number))
        report(
          'NUMBER_NOT_FINITE',
          path,
          offset,
          'is not a finite number',
          'write a number, or a text in quotes',
          node.source,
        );
      else if (typeof value === 'bigint' && !Number.isSafeInteger(number))
        report(
          'NUMBER_UNSAFE',
          path,
          offset,
          'is beyond 2^53−1 and would change',
          'write a smaller number, or a text in quotes',
          found(value),
        );
      else return number === 0 ? 0 : number;
      return 0;
    }
    return typeof value === 'boolean' ? value : null;
  };

  const read = (node: Node | null, path: Path, depth: number): Json | typeof unread => {
    const offset = node?.range?.[0] ?? 0;
    if (++values > limits.values || depth > limits.depth * 2) {
      if (values === limits.values + 1)
        report(
          'YAML_TOO_MANY_VALUES',
          path,
          offset,
          `has more than ${limits.values} values`,
          'write less, or with fewer aliases',
        );
      return unread;
    }
    if (node === null) return null;
    if (isAlias(node)) return alias(node.source, path, offset, depth);
    if (node.tag !== undefined && !coreTag.test(node.tag))
      report('YAML_TAG', path, offset, 'a tag is not read', 'remove it', visible(node.tag));
    const value = isScalar(node)
      ? scalar(node, path, offset)
      : isSeq(node)
        ? list(node.items as Node[], path, depth)
        : isMap(node)
          ? group(node.items as Pair<Node, Node | null>[], path, depth)
          : null;
    if ('anchor' in node && node.anchor !== undefined) anchors.set(node.anchor, node);
    return value;
  };

  const alias = (name: string, path: Path, offset: number, depth: number): Json | typeof unread => {
    const target = anchors.get(name);
    if (++aliases > limits.aliases) {
      if (aliases === limits.aliases + 1)
        report(
          'YAML_TOO_MANY_ALIASES',
          path,
          offset,
          `more than ${limits.aliases} aliases`,
          'write the values out',
        );
      return unread;
    }
    if (target !== undefined) return read(target, path, depth + 1);
    report(
      'YAML_ALIAS_UNKNOWN',
      path,
      offset,
      'no anchor before this place has that name',
      'write the value out',
      `*${visible(name)}`,
    );
    return unread;
  };

  const list = (items: readonly Node[], path: Path, depth: number): Json => {
    const out: Json[] = [];
    for (const [index, item] of items.entries()) {
      const inner = [...path, index];
      site(inner, undefined, item);
      const value = read(item, inner, depth + 1);
      if (value === unread && values > limits.values) break;
      out.push(value === unread ? null : value);
    }
    return out;
  };

  const group = (pairs: readonly Pair<Node, Node | null>[], path: Path, depth: number): Json => {
    const out: Record<string, Json> = {};
    for (const { key: keyNode, value: valueNode } of pairs) {
      const offset = keyNode?.range?.[0] ?? 0;
      const key = isScalar(keyNode) ? keyNode.value : undefined;
      if (typeof key !== 'string') {
        const what = isScalar(keyNode) ? found(keyNode.value) : 'a group or list';
        report('KEY_NOT_TEXT', path, offset, 'a key is a text', 'put it in quotes', what);
        continue;
      }
      const inner = [...path, key];
      if (key === '<<')
        report('YAML_MERGE_KEY', inner, offset, 'merge keys are not read', 'write the keys out');
      else if (key === '__proto__') reportAll([refusedKey(inner)], offset);
      else if (Object.hasOwn(out, key))
        report(
          'KEY_DUPLICATE',
          inner,
          offset,
          'is there twice',
          `keep one; the first is at line ${lineOf(inner)}`,
          visible(key),
        );
      else {
        checkText(key, inner, offset);
        site(inner, offset, valueNode);
        const value = read(valueNode, inner, depth + 1);
        if (value === unread && values > limits.values) break;
        out[key] = value === unread ? null : value;
      }
    }
    return out;
  };

  const site = (path: Path, key: number | undefined, node: Node | null) => {
    const value = node?.range?.[0] ?? key ?? 0;
    sites.set(path.map(String).join('\0'), key === undefined ? { value } : { key, value });
  };
  const lineOf = (path: Path) => place(sites.get(path.map(String).join('\0'))?.key ?? 0).line;

  return {
    read(root: Node): Reading {
      sites.set('', { value: root.range?.[0] ?? 0 });
      const value = read(root, [], 0);
      return { value: value === unread ? null : value, problems, sites };
    },
  };
}
