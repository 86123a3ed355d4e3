import type { JsonObject } from '#kernel';
import type { PublicField } from './fields.js';

/** A field of a public event; with `?` it may be missing. */
export type PublishedField = PublicField | `${PublicField}?`;

/** What a service tells the outside: of each stored type its public type and the facts that others may know. */
export type Published = Readonly<Record<string, readonly [type: string, ...fields: PublishedField[]]>>;

/** Where a service tells it. */
export const topicOf = (service: string): string => `holdfast.${service}.v1`;

interface Stored {
  readonly type: string;
  readonly data: JsonObject;
  readonly revision: number;
}

/**
 * The pure function from a stored event to a public one; undefined for what the table does not name, which stays private.
 * @param derived facts that the stored event has in another form
 */
export const publisher =
  (published: Published, derived: (data: JsonObject, type: string) => JsonObject = () => ({})) =>
  ({ type, data, revision }: Stored): { readonly type: string; readonly data: JsonObject } | undefined => {
    const row = Object.hasOwn(published, type) ? published[type] : undefined;
    if (row === undefined) return undefined;
    const facts: JsonObject = { ...data, ...derived(data, type) };
    const [publicType, ...fields] = row;
    const told = fields.flatMap((field) => {
      const value = facts[nameOf(field)];
      return value === undefined ? [] : [[nameOf(field), value] as const];
    });
    return { type: publicType, data: { ...Object.fromEntries(told), streamRevision: revision } };
  };

export const nameOf = (field: PublishedField): PublicField => field.replace('?', '') as PublicField;
export const isOptional = (field: PublishedField): boolean => field.endsWith('?');
