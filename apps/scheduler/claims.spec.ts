import { expect, it } from '@jest/globals';
import { openClaims } from './claims.js';

it('nobody waits for whoever has hung up, or has asked again under the same key', () => {
  const claims = openClaims();
  const call = new AbortController();
  const [earlier, later] = [claims.wait('a', call.signal), claims.wait('a', call.signal)];
  const other = claims.wait('b', new AbortController().signal);
  expect([earlier, later, other].map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
  earlier.forget();
  call.abort();
  expect([later, other].map(({ signal }) => signal.aborted)).toEqual([true, false]);
  later.forget();
  expect(claims.wait('a', call.signal).signal.aborted).toBe(true);
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
