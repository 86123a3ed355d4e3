import { isDigest, type Digest, type Json, type JsonObject } from '#kernel';

/** What an event's data say about bytes. */
export interface Digests {
  /** Surely bytes of the artifact store. */
  readonly blobs: ReadonlySet<Digest>;
  /** Texts that look like a digest; whether there are bytes of it the store knows. */
  readonly mentions: ReadonlySet<Digest>;
}

/** Kinds of events that refer to nothing: what was done to the store, what is kept how long or was disposed of, and who read or took what. */
export const referringToNothing: ReadonlySet<string> = new Set([
  ...['artifact', 'retention', 'disposal', 'access'],
]);

/** Fields that hold the digest of a blob, without its size beside it. */
const blobFields = new Set(['manifest', 'fingerprint', 'folds', 'core']);
/** Digests of values that are never stored; left out, since every run has them. */
const valueFields = new Set(['requestDigest', 'reproducibilityKey', 'sections']);

/** Every digest anywhere in the data. A `{digest, sizeBytes}` is a blob, as is a field of {@link blobFields}. */
export function digestsIn(data: JsonObject): Digests {
  const [blobs, mentions] = [new Set<Digest>(), new Set<Digest>()];
  const pending: JsonObject[] = [data];
  const look = (key: string, value: Json, besideSize: boolean): void => {
    if (Array.isArray(value)) (value as readonly Json[]).forEach((item) => look(key, item, false));
    else if (typeof value === 'object' && value !== null) pending.push(value as JsonObject);
    else if (isDigest(value)) (besideSize || blobFields.has(key) ? blobs : mentions).add(value);
  };
  for (let object = pending.pop(); object !== undefined; object = pending.pop()) {
    const sized = typeof object['sizeBytes'] === 'number';
    for (const [key, value] of Object.entries(object))
      if (!valueFields.has(key)) look(key, value, sized && key === 'digest');
  }
  for (const digest of blobs) mentions.delete(digest);
  return { blobs, mentions };
}
