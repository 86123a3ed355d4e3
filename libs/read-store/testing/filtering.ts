import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Condition, Document, Index, Scalar } from '../read-store.js';
import { answerOf, draws, filled, idsOf, pages, upTo, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const scalars: readonly Scalar[] = [
  ...[null, true, false, 0, 1, -1, 0.5, 2 ** 53 - 1, '', '0', '1', 'true', 'null', 'a', 'ab', 'abc', 'b'],
  ...['A', 'é', '%', 'a%', '_', 'a_', '*', '\\', "'", '"', '\u{1f600}', '\u{1f600}x', "' OR 1=1 --"],
];
const scalar = fc.constantFrom(...scalars);
const bound = fc.constantFrom(
  ...scalars.filter((item) => typeof item === 'string' || typeof item === 'number'),
);
const field = fc.constantFrom('key', 'deep.key', 'absent');
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ field, is: fc.oneof(scalar, fc.array(scalar, { maxLength: 4 })) }),
  fc.record({ field, isNot: fc.constantFrom('', 'a', '1', 'true', '\u{1f600}', "'", '%') }),
  fc.record({ field, prefix: fc.constantFrom('', 'a', 'ab', '%', '_', '*', '\u{1f600}', "'", '\\', '0') }),
  fc.record({ field, from: bound, to: bound, exclusive: fc.boolean() }, { requiredKeys: ['field'] }),
);
const all: readonly Document[] = scalars.flatMap((key, i) => [
  { id: `key ${i}`, key, deep: { key: scalars.at(-i) ?? null } },
  { id: `only ${i}`, deep: { key } },
]);

/** Of every kind, so that each kind of query is answered with and without. */
const indexes: readonly (readonly Index[])[] = [
  [],
  ['key', 'deep.key'],
  [
    ['deep.key', 'key'],
    ['key', 'deep.key'],
  ],
  [['key', 'deep.*'], ['deep.*']],
];

export function filtering(open: OpenUnderTest): void {
  const check = withStore(open);

  it.each(indexes.map((declared) => ({ declared })))(
    'give what they say, one or several, with sort and pages: %j',
    ({ declared }) =>
      check(async ({ store }) => {
        const name = await filled(store, all, declared);
        const ask = fc.record({
          where: fc.array(condition, { maxLength: 3 }),
          sort: fc.option(fc.record({ field, direction: fc.constantFrom('asc' as const, 'desc' as const) }), {
            nil: undefined,
          }),
          limit: fc.constantFrom(7, 1000),
        });
        await fc.assert(
          fc.asyncProperty(ask, async ({ where, sort, limit }) => {
            const query = { where, limit, ...(sort ? { sort } : {}) };
            const expected = answerOf(all, query);
            expect(await pages(store, name, query)).toEqual(expected);
            expect(await store.count(name, where)).toBe(expected.length);
          }),
          { numRuns: draws(50) },
        );
      })(),
  );

  it.each(scalars)('find exactly the documents whose field is %j', (value) =>
    check(async ({ store }) => {
      const name = await filled(store, all, ['key']);
      const found = await store.query(name, { where: [{ field: 'deep.key', is: value }], limit: 1000 });
      expect(idsOf(found)).toEqual(answerOf(all, { where: [{ field: 'deep.key', is: value }] }));
    })(),
  );

  it(
    'count all when there are none, nothing for an empty choice',
    check(async ({ store }) => {
      const name = await filled(
        store,
        upTo(7).map((n) => ({ id: `${n}`, n })),
        ['n'],
      );
      expect([await store.count(name), await store.count(name, [])]).toEqual([7, 7]);
      expect(await store.count(name, [{ field: 'n', is: [] }])).toBe(0);
      expect(await store.count(name, [{ field: 'n', from: 2, to: 4 }])).toBe(3);
      expect(await store.count(name, [{ field: 'n', from: 2, to: 4, exclusive: true }])).toBe(1);
    }),
  );
}
