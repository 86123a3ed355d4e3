import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { instanceId, type StepInstance } from '#domain/manifest';
import { runSteps, stoppedBy } from './run-steps.js';

const instance = (id: string, ...needs: string[]): StepInstance => ({ id, step: id, fold: null, needs });
const never = new AbortController().signal;
const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

describe('steps of a run', () => {
  it('begin when all they need has completed, as many at once as the graph allows', async () => {
    const order = ['a', 'b'].map((id) => instance(id)).concat(instance('c', 'a', 'b'), instance('d', 'a'));
    const log: string[] = [];
    const gates = new Map(order.map(({ id }) => [id, Promise.withResolvers<void>()]));
    const run = async ({ id }: StepInstance) => {
      log.push(`${id} begins`);
      await gates.get(id)?.promise;
      log.push(`${id} ends`);
      return { failed: false };
    };
    const done = runSteps(order, run, never);
    expect(log).toEqual(['a begins', 'b begins']);
    for (const id of ['b', 'a', 'd', 'c']) gates.get(id)?.resolve();
    expect([...(await done).keys()].sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(log.indexOf('c begins')).toBeGreaterThan(Math.max(log.indexOf('a ends'), log.indexOf('b ends')));
    expect(log.indexOf('d begins')).toBeGreaterThan(log.indexOf('a ends'));
  });

  it('are stopped by the first that fails, and told which it was; nothing more begins', async () => {
    const order = [instance('a'), instance('b'), instance('c', 'b')];
    const began: string[] = [];
    let told: string | undefined;
    const results = await runSteps(
      order,
      async ({ id }, signal) => {
        began.push(id);
        if (id === 'a') return { failed: true };
        await aborted(signal);
        told = stoppedBy(signal);
        return { failed: true };
      },
      never,
    );
    expect(began).toEqual(['a', 'b']);
    expect([...results.keys()]).toEqual(['a', 'b']);
    expect(told).toBe('a');
  });

  it('are stopped from outside, by nobody among them', async () => {
    const stop = new AbortController();
    let told: string | undefined = 'nobody asked';
    const running = runSteps(
      [instance('a'), instance('b', 'a')],
      async (_, signal) => {
        stop.abort();
        await Promise.resolve();
        told = stoppedBy(signal);
        return undefined;
      },
      stop.signal,
    );
    expect((await running).size).toBe(0);
    expect(told).toBeUndefined();
  });

  it('throw what went wrong in running them when nothing runs any more', async () => {
    let ended = false;
    const running = runSteps(
      [instance('a'), instance('b')],
      async ({ id }, signal) => {
        if (id === 'a') throw new Error('a bug');
        await aborted(signal);
        ended = true;
        return { failed: true };
      },
      never,
    );
    await expect(running).rejects.toThrow('a bug');
    expect(ended).toBe(true);
  });

  it('all run once, each after what it needs, whatever the graph', async () => {
    const graph = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(graph, async (rows) => {
        const order = rows.map((needs, row) => {
          const before = row === 0 ? [] : [...new Set(needs.map((need) => need % row))];
          return instance(instanceId('s', row), ...before.map((need) => instanceId('s', need)));
        });
        const ended: string[] = [];
        await runSteps(
          order,
          async ({ id, needs }) => {
            expect(needs.every((need) => ended.includes(need))).toBe(true);
            await Promise.resolve();
            ended.push(id);
            return { failed: false };
          },
          never,
        );
        expect(ended.sort()).toEqual(order.map(({ id }) => id).sort());
      }),
    );
  });
});
