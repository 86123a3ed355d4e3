import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { scheduler } from '#contracts';
import { shownText } from '#key-store';
import { eventually, key } from './testing/bench.js';
import { openSweepBench, type SweepBench } from './testing/sweep-bench.js';

let bench: SweepBench;
beforeEach(async () => {
  bench = await openSweepBench();
});
afterEach(() => bench.close());

describe('members', () => {
  it('are open a window at a time: when one ends, the next but so many follows', async () => {
    await bench.restart(5);
    const { sweep } = await bench.submit(['depth=range(0,20)']);
    await bench.until(sweep.id, ({ submitted }) => submitted === 5);
    const executor = bench.executor();
    await executor.join();
    await executor.finish(await eventually(() => executor.claim()));
    await bench.until(sweep.id, ({ submitted }) => submitted === 6);
    const indexes = (await bench.runs(sweep.id)).map(({ sweepIndex }) => sweepIndex);
    expect(indexes).toEqual([0, 1, 2, 3, 4, 5]);
    // What a sweep began with stays, whatever the setting is now.
    await bench.restart(7);
    const again = bench.executor();
    await eventually(() => again.join().catch(() => undefined));
    for (let left = 19; left > 0; left--) await again.finish(await eventually(() => again.claim()));
    expect(await bench.until(sweep.id, ({ status }) => status === 'completed')).toMatchObject({
      completed: 20,
    });
  });

  it('are all told to end, for the reason the sweep is to, and none follows', async () => {
    await bench.restart(10);
    const { sweep } = await bench.submit(['depth=range(0,100)', 'lr=0,1,2']);
    const executor = bench.executor();
    await executor.join();
    const held = await eventually(() => executor.claim());
    await executor.started(held);
    const ended = await eventually(() => executor.claim());
    await executor.finish(ended);
    await bench.client.scheduler.cancelSweep({ namespace: '', id: 'last', reason: 'seen enough' }, key());
    const stopped = await bench.until(sweep.id, ({ status }) => status === 'cancelled');
    const after = await bench.until(sweep.id, ({ submitted, cancelled }) => cancelled === submitted - 2);
    expect(after).toMatchObject({ completed: 1, failed: 0 });
    expect(after.submitted).toBe(stopped.submitted);
    const runs = await bench.runs(sweep.id);
    expect(runs.find(({ id }) => id === held.runId)).toMatchObject({ status: 'RUN_STATUS_CANCELLING' });
    const cancelled = runs.find(({ status }) => status === 'RUN_STATUS_CANCELLED');
    const { reason = '' } = (await bench.stored(cancelled?.stream ?? '')).at(-1)?.metadata ?? {};
    expect(await shownText(bench.engines.people, reason)).toBe('seen enough');
    await executor.cancelled(held);
    await bench.until(sweep.id, (now) => now.cancelled === now.submitted - 1);
    expect((await bench.stored(sweep.stream)).map(({ type }) => type)).toEqual([
      'SweepSubmitted',
      'SweepCancelRequested',
      'SweepCancelled',
    ]);
    await bench.client.scheduler.cancelSweep({ namespace: '', id: sweep.id, reason: 'again' }, key());
    expect(await bench.stored(sweep.stream)).toHaveLength(3);
  });

  it('go on where they were after the scheduler was killed, each one once', async () => {
    bench.registry.answers = 8;
    const { sweep } = await bench.submit(['depth=range(0,20)']);
    await bench.until(sweep.id, ({ submitted }) => submitted === 7);
    await bench.restart();
    bench.registry.answers = Infinity;
    await bench.until(sweep.id, ({ submitted }) => submitted === 20);
    const runs = await bench.runs(sweep.id);
    expect(runs.map(({ sweepIndex }) => sweepIndex)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(bench.registry.resolved).toBe(1 + 20);
  });

  it('are never doubled by two schedulers that both submit them', async () => {
    const two = await bench.another();
    const { sweep } = await bench.submit(['depth=range(0,20)']);
    await bench.until(sweep.id, ({ submitted }) => submitted === 20);
    await bench.until(sweep.id, ({ submitted }) => submitted === 20, two);
    const last = await bench.submit(['lr=0.5']);
    await bench.until(last.sweep.id, ({ submitted }) => submitted === 1, two);
    for (const client of [bench.client, two]) {
      const runs = await bench.runs(sweep.id, client);
      expect(new Set(runs.map(({ sweepIndex }) => sweepIndex)).size).toBe(20);
      expect(runs).toHaveLength(20);
    }
  });

  it('that fail are counted, and their read models are rebuilt identical', async () => {
    const { sweep } = await bench.submit(['depth=1,2,3']);
    const executor = bench.executor();
    await executor.join();
    for (const outcome of ['failed', 'completed', 'failed']) {
      const assignment = await eventually(() => executor.claim());
      await executor.started(assignment);
      if (outcome === 'failed') await executor.failed(assignment, 'exit-status');
      else {
        await executor.step(assignment);
        await executor.completed(assignment);
      }
    }
    const done = await bench.until(sweep.id, ({ status }) => status === 'completed');
    expect(done).toMatchObject({ submitted: 3, completed: 1, failed: 2 });
    for (const name of ['sweeps', 'sweep-members']) {
      let last: scheduler.RebuildProjectionResponse | undefined;
      for await (const progress of bench.client.scheduler.rebuildProjection({ name })) last = progress;
      expect(last?.progress?.result).toMatchObject({ identical: true });
    }
    const ended = bench.client.scheduler.cancelSweep({ namespace: '', id: sweep.id, reason: 'late' }, key());
    await expect(ended).rejects.toMatchObject({ code: 'SWEEP_ENDED' });
  });
});
