import type { Document as Bson } from 'mongodb';
import type { Json } from '#kernel';
import { wantsValue } from '../choices.js';
import { checkId, isStep } from '../names.js';
import type { Condition, Document, FieldPath, Write } from '../read-store.js';
import { inOrder, keyAt, nothing, scalarKey, type Key } from './keys.js';

/** What is taken out of documents for the server to filter and sort by. */
export interface Layout {
  readonly fields: readonly FieldPath[];
  /** Fields of which every scalar directly below is taken out. */
  readonly wide: readonly FieldPath[];
}

/** A document as it is stored, or the trace of one that was removed. `_id` is the document's, in order. */
export interface Row {
  readonly _id: string;
  readonly r: Version;
}

/**
 * What a commit left. `v` is its first field and so decides which of two is the greater in BSON: of an older and a newer write `$max`
 * keeps the newer, whichever comes last.
 */
export interface Version {
  /** Events folded in by the commit that wrote it. */
  readonly v: number;
  /** Only of what is there, so that indexes hold nothing else. */
  readonly live?: true;
  /** The document's own text, so that it comes back as it was. */
  readonly json?: string;
  readonly k?: Readonly<Record<string, Key>>;
  readonly w?: Readonly<Record<string, Readonly<Record<string, Key>>>>;
  /** When it was removed, by the writer's clock; the server forgets it much later. */
  readonly gone?: Date;
}

/** A path where a dot would be a step of MongoDB's own. */
const flat = (path: FieldPath): string => path.replaceAll('.', ':');

/** All that is needed of a row to have its document. */
export const onlyText = { 'r.json': 1 } as const;
export const documentOf = ({ r }: Row): Document => JSON.parse(r.json as string) as Document;

/** @throws DOCUMENT_ID */
export function rowOf(write: Write, v: number, layout: Layout): Row {
  if ('delete' in write) return { _id: inOrder(write.delete), r: { v, gone: new Date() } };
  const document = write.put;
  checkId(document.id);
  const json = JSON.stringify(document);
  return { _id: inOrder(document.id), r: { v, live: true, json, ...keysOf(document, layout) } };
}

export const keysOf = (document: Document, { fields, wide }: Layout): Pick<Version, 'k' | 'w'> => ({
  ...(fields.length === 0
    ? {}
    : { k: Object.fromEntries(fields.map((field) => [flat(field), keyAt(document, field)])) }),
  ...(wide.length === 0
    ? {}
    : { w: Object.fromEntries(wide.map((above) => [flat(above), below(document, above)])) }),
});

/** Scalars directly below a field. */
function below(document: Document, path: FieldPath): Record<string, Key> {
  const parent = path
    .split('.')
    .reduce<Json | undefined>(
      (at, step) =>
        typeof at === 'object' && at !== null && !Array.isArray(at) && Object.hasOwn(at, step)
          ? (at as Readonly<Record<string, Json>>)[step]
          : undefined,
      document,
    );
  if (typeof parent !== 'object' || parent === null || Array.isArray(parent)) return {};
  return Object.fromEntries(
    Object.entries(parent).flatMap(([name, value]) => {
      const key = isStep(name) ? scalarKey(value) : nothing;
      return key === nothing ? [] : [[name, key] as const];
    }),
  );
}

/** How the server calls a field of these conditions; undefined when it has not been taken out. */
export function nameOf(
  field: FieldPath,
  { fields, wide }: Layout,
  where: readonly Condition[],
): string | undefined {
  if (field === 'id') return '_id';
  if (fields.includes(field)) return keyName(field);
  const steps = field.split('.');
  const above = steps.slice(0, -1).join('.');
  // A row that lacks it has no key there.
  const present = where.some((condition) => condition.field === field && wantsValue(condition));
  return present && wide.includes(above) ? wideName(above, steps.at(-1)) : undefined;
}

export const wideName = (above: FieldPath, last: string | undefined): string => `r.w.${flat(above)}.${last}`;
export const keyName = (field: FieldPath): string => (field === 'id' ? '_id' : `r.k.${flat(field)}`);

/** The same keys one by one, to be added to rows that are there. */
export const keysToAdd = (document: Document, layout: Layout): Bson => {
  const { k = {}, w = {} } = keysOf(document, layout);
  return Object.fromEntries([
    ...Object.entries(k).map(([name, key]) => [`r.k.${name}`, key]),
    ...Object.entries(w).map(([name, keys]) => [`r.w.${name}`, keys]),
  ]) as Bson;
};
