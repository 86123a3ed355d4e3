import type { Json } from '#kernel';
import type {
  Checkpoint,
  Condition,
  Document,
  Index,
  Lease,
  Query,
  ReadStore,
  Scalar,
  Write,
} from '../read-store.js';
import type { OpenUnderTest, ReadStoreUnderTest } from './under-test.js';

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
/** How many inputs are drawn; `npm run test:contract` draws more. */
export const draws = (usual: number): number => usual * Number(process.env['HOLDFAST_TEST_DRAWS'] ?? 1);
export const put = (document: Document): Write => ({ put: document });
export const checkpointAt = (events: number): Checkpoint => ({ position: `p${events}`, events });
export const byId = (documents: readonly Document[]): Document[] =>
  documents.toSorted((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
export const idsOf = (documents: readonly Document[]): string[] => documents.map(({ id }) => id);
export const all = async (store: ReadStore, collection: string): Promise<Document[]> =>
  (await Array.fromAsync(store.scan(collection))).flat();

/** What a promise failed with, as data; its value when it did not fail. */
export const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error: { kind?: string; code?: string }) => ({ kind: error.kind, code: error.code }),
  );

export async function leaseOf(store: ReadStore, name = 'writer', owner = 'me'): Promise<Lease> {
  const lease = await store.acquireLease(name, owner, 60_000);
  if (lease === undefined) throw new Error(`the lease ${name} is taken`);
  return lease;
}

/** A collection with these documents in it. */
export async function filled(
  store: ReadStore,
  documents: readonly Document[],
  indexes: readonly Index[] = [],
  name = 'things@1.1',
): Promise<string> {
  await store.ensureCollection({ name, indexes });
  const before = await store.checkpoint(name);
  const next = checkpointAt((before?.events ?? 0) + 1);
  await store.commit(name, await leaseOf(store), before, next, documents.map(put));
  return name;
}

/** The field of a document at a dotted path; what is missing is null. */
export function fieldAt(document: Json | undefined, path: string): Scalar {
  const found = path
    .split('.')
    .reduce<Json | undefined>(
      (at, step) =>
        typeof at === 'object' && at !== null && !Array.isArray(at) && Object.hasOwn(at, step)
          ? (at as Record<string, Json>)[step]
          : undefined,
      document,
    );
  return (found ?? null) as Scalar;
}

const rankOf = (value: Scalar): number =>
  value === null ? 0 : typeof value === 'number' ? 1 : typeof value === 'string' ? 2 : 3;

/** The order of the port: null < numbers < strings by code point < booleans. */
export function compareScalars(a: Scalar, b: Scalar): number {
  if (rankOf(a) !== rankOf(b)) return rankOf(a) - rankOf(b);
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  return Number(a) - Number(b);
}

export function meets(document: Document, condition: Condition): boolean {
  const value = fieldAt(document, condition.field);
  if ('is' in condition) return [condition.is].flat().some((item) => item === value);
  if ('isNot' in condition) return value !== condition.isNot;
  if ('prefix' in condition) return typeof value === 'string' && value.startsWith(condition.prefix);
  const { from, to, exclusive = false } = condition;
  const within = (bound: string | number, sign: 1 | -1): boolean => {
    if (typeof bound !== typeof value) return false;
    const beyond = compareScalars(value, bound) * sign;
    return exclusive ? beyond > 0 : beyond >= 0;
  };
  return (from === undefined || within(from, 1)) && (to === undefined || within(to, -1));
}

/** What a query answers, worked out here anew, so that the store is not its own witness. */
export function answerOf(
  documents: readonly Document[],
  { where = [], sort }: Omit<Query, 'limit'>,
): string[] {
  const sign = sort?.direction === 'desc' ? -1 : 1;
  const key = (document: Document) => (sort ? fieldAt(document, sort.field) : null);
  return documents
    .filter((document) => where.every((condition) => meets(document, condition)))
    .toSorted((a, b) => sign * (compareScalars(key(a), key(b)) || compareScalars(a.id, b.id)))
    .map(({ id }) => id);
}

/** Every page of a query, one after the other, by its last row. */
export async function pages(store: ReadStore, collection: string, query: Query): Promise<string[]> {
  const ids: string[] = [];
  for (let after: Query['after']; ;) {
    const page = await store.query(collection, { ...query, ...(after ? { after } : {}) });
    ids.push(...idsOf(page));
    const last = page.at(-1);
    if (last === undefined || page.length < query.limit) return ids;
    after = { value: query.sort ? fieldAt(last, query.sort.field) : null, id: last.id };
  }
}

/** Runs a test on a store of its own and removes it afterwards. */
export const withStore =
  (open: OpenUnderTest) =>
  (test: (under: ReadStoreUnderTest) => Promise<void>) =>
  async (): Promise<void> => {
    const under = await open();
    try {
      await test(under);
    } finally {
      await under.dispose();
    }
  };
