import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Document, Index, Query, Scalar } from '../read-store.js';
import { answerOf, draws, filled, idsOf, pages, upTo, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

/** In the order of the port. */
const ordered: readonly Scalar[] = [
  ...[null, -1e300, -(2 ** 60), -2, -0.5, 0, 1e-9, 1, 2, 10, 2 ** 53 - 1, 2 ** 60, 1e21],
  ...['', ' ', '0', '10', '2', 'A', 'Z', 'a', 'a ', 'aa', 'b', 'é', '\ud7fe', '\ud7ff', '\ud7ffa'],
  ...['\ue000', '\ue000\ud7ff', '\ue001', 'ｚ', '\uffff', '\u{10000}', '\u{1f600}', '\u{10fffe}'],
  ...[false, true],
];
const scalar = fc.oneof(
  fc.constantFrom(...ordered),
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({
    unit: fc.oneof(
      fc.constantFrom('a', '\ud7ff', '\ue000', '\uffff', '\u{10000}'),
      fc
        .integer({ min: 0xd7f0, max: 0xe010 })
        .map((point) => (point >= 0xd800 && point < 0xe000 ? '\u{1f600}' : String.fromCodePoint(point))),
    ),
    maxLength: 3,
  }),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const fields = fc.record(
  { key: scalar, deep: fc.record({ key: scalar }, { requiredKeys: [] }) },
  { requiredKeys: [] },
);
const story = fc.record({
  documents: fc
    .array(fields, { maxLength: 30 })
    .map((list) => list.map((rest, i) => ({ ...rest, id: `${i % 2}${i}` }) as Document)),
  field: fc.constantFrom('key', 'deep.key'),
  direction: fc.constantFrom('asc' as const, 'desc' as const),
  limit: fc.integer({ min: 1, max: 7 }),
});

const indexes: readonly (readonly Index[])[] = [[], ['key', 'deep.key'], [['deep.*'], ['key']]];

export function sorting(open: OpenUnderTest): void {
  const check = withStore(open);

  it.each(['asc', 'desc'] as const)('null, numbers, strings by code point, booleans: %s', (direction) =>
    check(async ({ store }) => {
      const documents = ordered.map((key, i) => ({ id: `${(i * 7) % ordered.length}`, key }));
      const name = await filled(store, documents);
      const found = await store.query(name, { sort: { field: 'key', direction }, limit: 1000 });
      const expected = direction === 'asc' ? ordered : ordered.toReversed();
      expect(found.map(({ key }) => key)).toEqual(expected);
    })(),
  );

  it(
    'counts what is missing, or is no field at all, as null; ties go by id in the same direction',
    check(async ({ store }) => {
      const documents = [
        ...[{ id: 'd', key: null }, { id: 'a' }, { id: 'c', deep: {} }, { id: 'b', key: 0 }],
        { id: 'e', key: 0 },
      ];
      const name = await filled(store, documents, ['key']);
      const asked = (direction: 'asc' | 'desc', field = 'key') =>
        store.query(name, { sort: { field, direction }, limit: 10 });
      expect(idsOf(await asked('asc'))).toEqual(['a', 'c', 'd', 'b', 'e']);
      expect(idsOf(await asked('desc'))).toEqual(['e', 'b', 'd', 'c', 'a']);
      expect(idsOf(await asked('asc', 'key.below.that'))).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(idsOf(await store.query(name, { limit: 10 }))).toEqual(['a', 'b', 'c', 'd', 'e']);
    }),
  );

  it.each(indexes.map((declared) => ({ declared })))(
    'pages go through everything once, whatever the keys: %j',
    ({ declared }) =>
      check(async ({ store }) => {
        let n = 0;
        await fc.assert(
          fc.asyncProperty(story, async ({ documents, field, direction, limit }) => {
            const name = await filled(store, documents, declared, `c${n++}`);
            const query: Query = { sort: { field, direction }, limit };
            expect(await pages(store, name, query)).toEqual(answerOf(documents, query));
            expect(await pages(store, name, { limit })).toEqual(answerOf(documents, {}));
            await store.dropCollection(name);
          }),
          { numRuns: draws(20) },
        );
      })(),
  );

  it(
    'a page goes on after a row that is gone, without missing or repeating another',
    check(async ({ store }) => {
      const documents = upTo(20).map((i) => ({ id: `${10 + i}`, key: i >> 2 }));
      const name = await filled(store, documents, ['key']);
      const sort = { field: 'key', direction: 'desc' } as const;
      const after = { value: 2.5, id: 'gone' };
      expect(idsOf(await store.query(name, { sort, limit: 100, after }))).toEqual(
        answerOf(
          documents.filter(({ key }) => key < 2.5),
          { sort },
        ),
      );
      const between = { value: 2, id: '195' };
      expect(idsOf(await store.query(name, { sort, limit: 2, after: between }))).toEqual(['19', '18']);
    }),
  );
}
