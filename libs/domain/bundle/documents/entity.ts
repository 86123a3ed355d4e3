/** One entity of an RO-Crate's graph; refers to others by `@id`. */
export type Entity = { readonly '@id': string; readonly '@type': string | readonly string[] } & Readonly<
  Record<string, unknown>
>;

export const ref = (id: string): { readonly '@id': string } => ({ '@id': id });

/** A list of one is written as that one. */
export const refs = (ids: readonly string[]): object =>
  ids.length === 1 ? ref(ids[0] as string) : ids.map(ref);
