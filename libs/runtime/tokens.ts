import { DomainError, type JsonObject } from '#kernel';
import { digestValue, parseJson } from '#evidence';
import type { Position } from '#event-store';
import type { Query, Scalar } from '#read-store';

const encode = (value: string): string => Buffer.from(value).toString('base64url');
const decode = (token: string): string => Buffer.from(token, 'base64url').toString();

/** A position as clients carry it: opaque, safe in a header. */
export const positionToken = (position: Position | undefined): string =>
  position === undefined ? '' : encode(position);

/** Undefined for the empty token: the beginning. Whether it is this engine's is checked where it is compared. */
export const parsePositionToken = (token: string): Position | undefined =>
  token === '' ? undefined : (decode(token) as Position);

type Filter = Pick<Query, 'where' | 'sort'>;

/** Where the next page begins; bound to the list (a projection and its version) and to the filter, so that it cannot be mixed up. */
export const pageToken = (
  list: string,
  filter: Filter,
  last: { readonly value: Scalar; readonly id: string },
): string => encode(JSON.stringify({ l: list, f: fingerprint(filter), value: last.value, id: last.id }));

/** @throws PAGE_TOKEN_STALE for a token of another list, filter or version */
export function parsePageToken(
  list: string,
  filter: Filter,
  token: string,
): { readonly value: Scalar; readonly id: string } | undefined {
  if (token === '') return undefined;
  try {
    const { l, f, value, id } = parseJson(decode(token), { maxBytes: 16 * 1024 }) as JsonObject;
    const fits = l === list && f === fingerprint(filter);
    if (fits && typeof id === 'string' && isScalar(value)) return { value, id };
  } catch {
    // Falls through: a token that cannot be read is as stale as one of another list.
  }
  throw new DomainError(
    'invalid',
    'PAGE_TOKEN_STALE',
    'page_token: not of this list; start again without it',
  );
}

const isScalar = (value: unknown): value is Scalar =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

const fingerprint = ({ where = [], sort }: Filter): string =>
  digestValue({ where, sort: sort ?? null } as unknown as JsonObject).slice(7, 23);
