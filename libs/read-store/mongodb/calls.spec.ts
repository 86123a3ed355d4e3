import { describe, expect, it } from '@jest/globals';
import { openCalls } from './calls.js';

const never = new Promise<never>(() => undefined);

/** Clients by number. */
function clients() {
  const dropped: number[] = [];
  let made = 0;
  const connect = () => {
    const number = ++made;
    const end = () => Promise.resolve();
    const drop = () => Promise.resolve(void dropped.push(number));
    return Promise.resolve({ inside: number, end, drop });
  };
  return { dropped, ...openCalls(20, connect) };
}
const silent = (number: number): Promise<number> => (number === 1 ? never : Promise.resolve(number));

describe('calls of a client', () => {
  it('that has answered nothing for a whole deadline go to another one', async () => {
    const { call, dropped } = clients();
    await expect(call(silent)).rejects.toMatchObject({ kind: 'unavailable', code: 'STORE_UNAVAILABLE' });
    expect(dropped).toEqual([1]);
    expect(await call(silent)).toBe(2);
  });

  it('that has answered others in that time go on', async () => {
    const { call, dropped } = clients();
    const late = expect(call(silent)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await call((number) => Promise.resolve(number))).toBe(1);
    await late;
    expect(dropped).toEqual([]);
    expect(await call((number) => Promise.resolve(number))).toBe(1);
  });
});
