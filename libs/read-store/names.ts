import { DomainError } from '#kernel';
import type { FieldPath, Index } from './read-store.js';

const collectionPattern = /^[a-z0-9][a-z0-9@._-]{0,127}$/;
const pathPattern = /^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_0-9][A-Za-z0-9_-]*){0,7}$/;
/** What a path's later steps may be called; a field with another name can be in a document, but not asked for. */
export const isStep = (name: string): boolean => /^[A-Za-z_0-9][A-Za-z0-9_-]*$/.test(name);

/** @throws COLLECTION_NAME */
export function checkCollection(name: string): void {
  if (collectionPattern.test(name)) return;
  const found = JSON.stringify(name.slice(0, 50));
  throw new DomainError('invalid', 'COLLECTION_NAME', `${found} is no collection name`);
}

/** @throws FIELD_PATH */
export function checkPath(path: FieldPath): void {
  if (!pathPattern.test(path))
    throw new DomainError('invalid', 'FIELD_PATH', `${JSON.stringify(path.slice(0, 50))} is no field path`);
}

/** The fields of an index, in order. @throws FIELD_PATH */
export function fieldsOf(index: Index): readonly FieldPath[] {
  const fields = typeof index === 'string' ? [index] : index;
  for (const [i, field] of fields.entries())
    checkPath(i === fields.length - 1 ? field.replace(/\.\*$/, '') : field);
  return fields;
}

/** Whether the last field is whichever one directly below another. */
export const isWide = (fields: readonly FieldPath[]): boolean => fields.at(-1)?.endsWith('.*') === true;

/** @throws PAGE_LIMIT */
export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new DomainError('invalid', 'PAGE_LIMIT', 'a page has 1 to 1,000 rows');
}

/** @throws DOCUMENT_ID for an id that UTF-8 cannot hold: two of them would become one */
export function checkId(id: unknown): void {
  if (typeof id !== 'string' || !id.isWellFormed())
    throw new DomainError('invalid', 'DOCUMENT_ID', `${JSON.stringify(id)} is no well-formed text`);
}
