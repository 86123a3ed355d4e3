import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  executorOn,
  eventually,
  key,
  openBench,
  submission,
  type Bench,
  type Instance,
} from './testing/bench.js';

let bench: Bench;
let one: Instance;

beforeAll(async () => {
  bench = await openBench();
  one = await bench.start();
});
afterAll(() => bench.dispose());

describe('a run', () => {
  it('is submitted, claimed, reported and completed', async () => {
    const { scheduler } = one.client;
    const executor = executorOn(one.client, bench);
    expect(await executor.join()).toEqual({ heartbeatMs: 3_000, leaseTtlMs: 15_000 });
    const manifest = await bench.manifest();
    const { run, created } = await scheduler.submitRun(submission({ manifest, reason: 'try it' }), key());
    expect(created).toBe(true);
    expect(run).toMatchObject({ status: 'RUN_STATUS_QUEUED', namespace: 'default', stepsTotal: 1, manifest });
    const assignment = await eventually(() => executor.claim());
    expect(assignment).toMatchObject({ runId: run?.id, epoch: 1, manifest });
    await executor.finish(assignment);
    const { run: done } = await scheduler.getRun({ namespace: '', id: 'last' });
    expect(done).toMatchObject({ id: run?.id, status: 'RUN_STATUS_COMPLETED' });
  });
});
