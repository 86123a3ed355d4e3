import * as z from 'zod';
import type { JsonObject } from '#kernel';

type Node = {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
};

const cache = new WeakMap<z.ZodType, Node>();

/** What a person writes, as JSON Schema 2020-12; examples and descriptions come from the schema's `meta`. */
export function jsonSchemaOf(schema: z.ZodType): JsonObject {
  return nodeOf(schema) as JsonObject;
}

function nodeOf(schema: z.ZodType): Node {
  let node = cache.get(schema);
  if (node === undefined)
    cache.set(schema, (node = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node));
  return node;
}

const branchesOf = (node: Node): readonly Node[] => node.anyOf ?? node.oneOf ?? [];

const own = <T>(record: Readonly<Record<string, T>> | undefined, key: PropertyKey): T | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[String(key)] : undefined;

function step(node: Node, part: PropertyKey): readonly Node[] {
  const branches = [node, ...branchesOf(node)];
  return branches.flatMap((branch) => {
    if (typeof part === 'number') return branch.items ? [branch.items] : [];
    const next = own(branch.properties, part);
    if (next) return [next];
    return typeof branch.additionalProperties === 'object' ? [branch.additionalProperties] : [];
  });
}

const walk = (schema: z.ZodType, path: readonly PropertyKey[]): readonly Node[] =>
  path.reduce<readonly Node[]>((nodes, part) => nodes.flatMap((node) => step(node, part)), [nodeOf(schema)]);

/** The first example given for what stands at a path, as it is written in a file. */
export function exampleAt(schema: z.ZodType, path: readonly PropertyKey[]): string | undefined {
  for (const node of walk(schema, path)) if (node.examples?.length) return inFlow(node.examples[0]);
  return undefined;
}

/** The fixed values that may stand at a path. */
export const choicesAt = (schema: z.ZodType, path: readonly PropertyKey[]): string[] =>
  walk(schema, path).flatMap((node) =>
    (node.const === undefined ? (node.enum ?? []) : [node.const]).map(String),
  );

/** The keys a group may have; of a choice between groups those of the one that shares most keys with `value`. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  const written = new Set(typeof value === 'object' && value !== null ? Object.keys(value) : []);
  const groups = walk(schema, path)
    .flatMap((node) => [node, ...branchesOf(node)])
    .flatMap((node) => (node.properties ? [Object.keys(node.properties)] : []));
  const shared = (keys: readonly string[]) => keys.filter((key) => written.has(key)).length;
  const best = groups.sort((a, b) => shared(b) - shared(a))[0] ?? [];
  return groups.some((keys) => shared(keys) > 0) ? best : [...new Set(groups.flat())];
}

const plain = /^[A-Za-z0-9.][A-Za-z0-9 _.:/@…-]*$/;
/** What YAML would read as something else than text. */
const notText = /^(?:true|false|null|[0-9.]+(?:e[0-9]+)?)$/i;

/** A value in YAML flow style. */
export function inFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inFlow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key}: ${inFlow(inner)}`)
      .join(', ')} }`;
  }
  return typeof value === 'string' && plain.test(value) && !value.endsWith(':') && !notText.test(value)
    ? value
    : JSON.stringify(value);
}
