import { expect, it } from '@jest/globals';
import { openClaims } from './claims.js';

it('nobody waits for whoever has hung up, or has asked again under the same key', () => {
  const claims = openClaims();
  const call = new AbortController();
  const [earlier, later] = [claims.wait('a', 1, call.signal), claims.wait('a', 1, call.signal)];
  const other = claims.wait('b', 1, new AbortController().signal);
  expect([earlier, later, other].map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
  earlier.forget();
  call.abort();
  expect([later, other].map(({ signal }) => signal.aborted)).toEqual([true, false]);
  later.forget();
  expect(claims.wait('a', 1, call.signal).signal.aborted).toBe(true);
});

it('a key that was asked without a free slot has none afterwards, whichever call comes late', () => {
  const claims = openClaims();
  const { signal } = new AbortController();
  expect(claims.wait('a', 2, signal).freeSlots).toBe(2);
  expect([0, 2].map((free) => claims.wait('a', free, signal).freeSlots)).toEqual([0, 0]);
  for (let key = 0; key < 1_000; key++) claims.wait(`${key}`, 0, signal).forget();
  expect(['a', '0'].map((key) => claims.wait(key, 1, signal).freeSlots)).toEqual([1, 0]);
});

it('claims of one key are made one after the other, and waited for by executor', async () => {
  const claims = openClaims();
  const first = Promise.withResolvers<string>();
  const order: string[] = [];
  const says =
    (what: string, when: Promise<unknown> = Promise.resolve()) =>
    async () => {
      await when;
      order.push(what);
    };
  const made = [
    claims.make('x', 'a', says('first', first.promise)),
    claims.make('x', 'a', says('again')),
    claims.make('y', 'b', says('other')),
  ];
  await claims.made('y');
  expect(order).toEqual(['other']);
  const all = claims.made('x').then(() => order.push('made'));
  first.resolve('');
  await Promise.all([...made, all]);
  expect(order).toEqual(['other', 'first', 'again', 'made']);
  await expect(claims.make('x', 'a', () => Promise.reject(new Error('a test')))).rejects.toThrow('a test');
  await claims.made('x');
});
