import { DomainError, isDomainError } from '#kernel';
import type { Condition, Document, Query, ReadStore, Scalar } from '#read-store';
import { rememberAnswers } from './remembered-answers.js';
import { pageToken, parsePageToken } from './tokens.js';

export interface PageRequest {
  readonly where?: readonly Condition[];
  readonly sort?: Query['sort'];
  readonly pageSize: number;
  readonly pageToken: string;
}

export interface Page<Doc> {
  readonly items: readonly Doc[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

/** Reads of one projection, always of the generation that is active. */
export interface View<Doc extends Document> {
  get(id: string): Promise<Doc | undefined>;
  getMany(ids: readonly string[]): Promise<Doc[]>;
  query(query: Query): Promise<Doc[]>;
  /** @throws PAGE_TOKEN_STALE */
  page(request: PageRequest): Promise<Page<Doc>>;
  count(where?: readonly Condition[]): Promise<number>;
  /** Every document, in id order, in batches; of one generation throughout. */
  scan(): AsyncIterable<readonly Doc[]>;
}

const longestPage = 1000;

export function openView<Doc extends Document>(
  readStore: ReadStore,
  list: string,
  active: () => Promise<string>,
  /** See {@link rememberAnswers}. */
  unchanged: () => object | undefined,
): View<Doc> {
  const answers = rememberAnswers<Doc>(unchanged);
  /** A collection may be swapped between looking it up and reading it; then the new one is there. */
  async function readActive<T>(action: (collection: string) => Promise<T>): Promise<T> {
    const collection = await active();
    try {
      return await action(collection);
    } catch (error) {
      const swapped = isDomainError(error) && (await active()) !== collection;
      if (!swapped) throw error;
      return action(await active());
    }
  }
  /** A collection that is gone is not an answer: the read store was emptied, and it is built again. */
  async function read<T>(action: (collection: string) => Promise<T>): Promise<T> {
    try {
      return await readActive(action);
    } catch (error) {
      if (!isDomainError(error) || error.code !== 'COLLECTION_NOT_FOUND') throw error;
      const message = `${list} is lost and is being built again; try again`;
      throw new DomainError('unavailable', 'NOT_READY', message, { cause: error });
    }
  }
  const query = (given: Query) =>
    answers.of(JSON.stringify(given), () => read((name) => readStore.query(name, given)) as Promise<Doc[]>);
  const getMany = async (ids: readonly string[]) =>
    ids.length === 0
      ? []
      : answers.of(JSON.stringify(ids), () => read((name) => readStore.getMany(name, ids)) as Promise<Doc[]>);

  return {
    query,
    get: async (id) => (await getMany([id]))[0],
    getMany,
    count: (where) => read((name) => readStore.count(name, where)),
    async page({ where = [], sort, pageSize, pageToken: token }) {
      const filter = { where, ...(sort ? { sort } : {}) };
      const after = parsePageToken(list, filter, token);
      // One more than asked for says whether there is a next page.
      const limit = Math.min(pageSize + 1, longestPage);
      const rows = await query({ ...filter, limit, ...(after ? { after } : {}) });
      const items = rows.slice(0, pageSize);
      const last = items.at(-1);
      if (last === undefined || rows.length < limit) return { items, nextPageToken: '' };
      const value = sort ? fieldOf(last, sort.field) : null;
      return { items, nextPageToken: pageToken(list, filter, { value, id: last.id }) };
    },
    async *scan() {
      yield* readStore.scan(await active()) as AsyncIterable<readonly Doc[]>;
    },
  };
}

function fieldOf(doc: Document, path: string): Scalar {
  let value: unknown = doc;
  for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
  if (value === undefined || value === null) return null;
  if (typeof value === 'object') throw new DomainError('bug', 'SORT_FIELD', `${path} is not a scalar`);
  return value as Scalar;
}
