import type { Literal } from './facts.js';

/** A node of the syntax tree, as far as anyone here looks at it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly loc?: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
  readonly [field: string]: unknown;
}

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

export const lineOf = (node: Node): number => node.loc?.start.line ?? 1;

/** Every node below, in the order of the text. */
export function* nodesUnder(root: Node): Generator<Node> {
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    yield node;
    const below = Object.values(node)
      .flatMap((value): unknown[] => (Array.isArray(value) ? value : [value]))
      .filter(isNode);
    open.push(...below.sort((a, b) => b.start - a.start));
  }
}

export const nameOf = (node: unknown): string | undefined => {
  if (!isNode(node)) return undefined;
  if (node.type === 'Identifier') return node['name'] as string;
  if (node.type === 'MemberExpression' && node['computed'] !== true) {
    const [left, right] = [nameOf(node['object']), nameOf(node['property'])];
    return right === undefined ? undefined : `${left ?? '()'}.${right}`;
  }
  return undefined;
};

export const lastOf = (name: string | undefined): string => name?.split('.').at(-1) ?? '';

/** Number, text, true or false as written there; a sign counts. */
export function literalOf(node: unknown): Literal | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Literal') {
    const value = node['value'];
    return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
      ? value
      : undefined;
  }
  if (node.type === 'UnaryExpression' && node['operator'] === '-') {
    const value = literalOf(node['argument']);
    return typeof value === 'number' ? -value : undefined;
  }
  if (node.type === 'TemplateLiteral' && (node['expressions'] as unknown[]).length === 0)
    return ((node['quasis'] as Node[])[0]?.['value'] as { cooked: string }).cooked;
  return undefined;
}

/** The properties of an object literal by name. */
export function propertiesOf(node: unknown): ReadonlyMap<string, Node> {
  const found = new Map<string, Node>();
  if (!isNode(node) || node.type !== 'ObjectExpression') return found;
  for (const property of node['properties'] as Node[]) {
    if (property.type !== 'Property') continue;
    const key = property['key'] as Node;
    const name = key.type === 'Literal' ? String(key['value']) : nameOf(key);
    if (name !== undefined && isNode(property['value'])) found.set(name, property['value']);
  }
  return found;
}
