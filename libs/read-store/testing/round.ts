import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '#kernel';
import type { Document } from '../read-store.js';
import { all, byId, checkpointAt, draws, filled, leaseOf, outcome, put, upTo, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const hostileIds = [
  ...['', ' ', '%', '_', '*', "'", '"', '\\', "'; DROP TABLE things; --", '$ne', '{"$gt":""}', '../..'],
  ...[
    'constructor',
    '__proto__',
    'a\nb',
    'a\tb',
    'ä',
    'a\u0308',
    'مدل',
    '\u{1f600}',
    '\u202e',
    'x'.repeat(500),
  ],
];
const textOf = (documents: readonly Document[]): string[] =>
  documents.map((document) => JSON.stringify(document));

const hostileValues: readonly Json[] = [
  ...hostileIds,
  ...[0, -0.5, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 2 ** 53 - 1, -(2 ** 53) + 1, true, false, null],
  ...['\0', 'a\0b', '\u2028', '\ufeff', '\ud800'],
  ...[-0, -1e-300, 2 ** 60, { b: 1, a: 2, '1': 3, c: { z: 1, y: { x: -0 } } }],
  ...[[], {}, [[], [{}], null], { $set: { a: 1 }, 'a.b': 1, '': 0, ' ': 1, '"': 2 }],
  JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as Json,
];

export function round(open: OpenUnderTest): void {
  const check = withStore(open);

  it(
    'come back as they were, whatever is in them and whatever they are called',
    check(async ({ store, reopen }) => {
      const documents = [
        ...hostileIds.map((id, n) => ({ id, n })),
        ...hostileValues.map((value, n) => ({ id: `value ${n}`, value, deep: { er: [value] } })),
      ];
      const name = await filled(store, documents, ['value', 'deep.er', 'n']);
      expect(textOf(await all(store, name))).toEqual(textOf(byId(documents)));
      const again = await reopen();
      for (const document of documents) {
        const text = JSON.stringify(document);
        expect(JSON.stringify(await again.get(name, document.id))).toBe(text);
        expect(textOf(await again.getMany(name, [document.id]))).toEqual([text]);
      }
    }),
  );

  it(
    'have ids that are text, so that no two become one',
    check(async ({ store }) => {
      const name = await filled(store, [{ id: 'a' }]);
      const lease = await leaseOf(store);
      for (const id of ['\ud800', 'a\udfffb', undefined, 7] as string[]) {
        const writes = [put({ id: 'b' }), put({ id })];
        const call = store.commit(name, lease, checkpointAt(1), checkpointAt(2), writes);
        expect(await outcome(call)).toEqual({ kind: 'invalid', code: 'DOCUMENT_ID' });
      }
      expect(await all(store, name)).toEqual([{ id: 'a' }]);
    }),
  );

  it(
    'of any JSON',
    check(async ({ store }) => {
      let n = 0;
      await fc.assert(
        fc.asyncProperty(fc.jsonValue(), async (given) => {
          const document: Document = { id: `${n++}`, value: JSON.parse(JSON.stringify(given)) as Json };
          const name = await filled(store, [document], ['value']);
          expect(JSON.stringify(await store.get(name, document.id))).toBe(JSON.stringify(document));
        }),
        { numRuns: draws(50) },
      );
    }),
  );

  it(
    'deep and large',
    check(async ({ store }) => {
      const deep = upTo(900).reduce<Json>((inner, i) => (i % 2 ? [inner] : { in: inner }), 'bottom');
      const text = '\u{1f600}ä"\\'.repeat(250_000);
      const wide = Object.fromEntries(upTo(5000).map((i) => [`key ${i}`, i]));
      const documents = [
        { id: 'deep', deep },
        { id: 'text', text },
        { id: 'wide', wide },
      ];
      const name = await filled(store, documents, ['text']);
      for (const document of documents)
        expect(JSON.stringify(await store.get(name, document.id))).toBe(JSON.stringify(document));
    }),
  );

  it(
    'are found by id: one, many at once, and none that is not there',
    check(async ({ store }) => {
      const documents = upTo(1500).map((n) => ({ id: `d${n}`, n }));
      const name = await filled(store, documents);
      expect(await store.get(name, 'D0')).toBeUndefined();
      expect(await store.getMany(name, [])).toEqual([]);
      expect(await store.getMany(name, ['absent', 'd7', 'd7', 'd3'])).toHaveLength(2);
      const ids = ['absent', ...documents.map(({ id }) => id)];
      expect(byId(await store.getMany(name, ids))).toEqual(byId(documents));
    }),
  );

  it(
    'are the caller’s own: changing what was given or got changes nothing',
    check(async ({ store }) => {
      const given = { id: 'a', list: [1] };
      const filling = filled(store, [given]);
      const name = await filling;
      given.list.push(2);
      const got = (await store.get(name, 'a')) as unknown as { list: number[] };
      got.list.push(3);
      expect(await store.get(name, 'a')).toEqual({ id: 'a', list: [1] });
    }),
  );

  it(
    'one too few or too many rows on a page is refused',
    check(async ({ store }) => {
      const name = await filled(
        store,
        upTo(1100).map((n) => ({ id: `${n}` })),
      );
      for (const limit of [0, -1, 1001, 0.5, NaN, Infinity])
        expect(await outcome(store.query(name, { limit }))).toEqual({ kind: 'invalid', code: 'PAGE_LIMIT' });
      expect(await store.query(name, { limit: 1 })).toHaveLength(1);
      expect(await store.query(name, { limit: 1000 })).toHaveLength(1000);
    }),
  );
}
