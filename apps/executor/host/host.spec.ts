import { describe, expect, it } from '@jest/globals';
import { openCores } from './cores.js';
import { levelFor, offeredLevels } from './isolation.js';

const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('cores of a host', () => {
  it('are given in turn, fractions too, and never more than there are', async () => {
    const cores = openCores(2);
    const begun: string[] = [];
    const take = async (name: string, count: number, signal = never) => {
      const giveBack = await cores.take(count, signal);
      if (giveBack) begun.push(name);
      return giveBack;
    };
    const a = take('a', 1.5);
    const b = take('b', 0.5);
    const c = take('c', 2);
    const d = take('d', 0.5);
    await settled();
    expect(begun).toEqual(['a', 'b']);
    (await a)?.();
    (await a)?.();
    await settled();
    // d would fit, but c came first.
    expect(begun).toEqual(['a', 'b']);
    (await b)?.();
    (await c)?.();
    await d;
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
  });

  it('go to a step that declares more than there are as soon as all are free', async () => {
    const cores = openCores(2);
    const first = await cores.take(8, never);
    const second = cores.take(1, never);
    first?.();
    expect(await second).toBeDefined();
  });

  it('are not waited for by a step that was stopped, which lets those behind it go on', async () => {
    const cores = openCores(1);
    const first = await cores.take(0.5, never);
    const stop = new AbortController();
    const second = cores.take(1, stop.signal);
    const third = cores.take(0.5, never);
    stop.abort();
    expect(await second).toBeUndefined();
    expect(await third).toBeDefined();
    expect(await cores.take(1, stop.signal)).toBeUndefined();
    first?.();
  });
});

describe('levels of isolation', () => {
  const yes = { available: true } as const;
  const no = { available: false, why: 'not installed' } as const;
  const both = { bubblewrap: yes, process: yes };

  it.each([
    ['auto', false, both, ['bubblewrap', 'process']],
    ['auto', true, both, ['bubblewrap']],
    ['process', false, both, ['process']],
    ['process', true, both, []],
    ['bubblewrap', false, { ...both, bubblewrap: no }, []],
    ['auto', false, { ...both, bubblewrap: no }, ['process']],
  ] as const)('%s, required %p', (sandbox, sandboxRequired, probe, offered) => {
    expect(offeredLevels({ sandbox, sandboxRequired }, probe)).toEqual(offered);
  });

  it.each([
    [null, ['bubblewrap', 'process'], 'bubblewrap'],
    [null, ['process'], 'process'],
    ['required', ['bubblewrap', 'process'], 'bubblewrap'],
    ['process', ['bubblewrap', 'process'], 'process'],
  ] as const)('a run that asks for %p of %j gets %s', (isolation, offered, level) => {
    expect(levelFor(isolation, offered)).toEqual({ level });
  });

  it.each(['required', 'bubblewrap', 'container'] as const)(
    'a run that asks for %s is refused by process',
    (isolation) => {
      expect(levelFor(isolation, ['process'])).toEqual({
        why: expect.stringContaining('this executor offers process'),
      });
    },
  );
});
