import type { Json, JsonObject } from '#kernel';

/** JSON of which nothing is known, looked at without believing anything of it. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is at a path; undefined where there is nothing. */
export const at = (value: Json | undefined, ...path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>(
    (inner, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value,
  );

/** Empty where it is no list. */
export const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];

export const objectsIn = (value: Json | undefined): readonly JsonObject[] => listOf(value).filter(isObject);

/** Empty where it is no text. */
export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
