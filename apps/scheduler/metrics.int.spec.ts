import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  eventually,
  executorOn,
  key,
  manifestOf,
  openBench,
  submission,
  type Bench,
  type Instance,
} from './testing/bench.js';

/** By a clock that is moved; of the real one a test takes no such part. */
const leaseTtlMs = 60_000;
let bench: Bench;
let one: Instance;

beforeAll(async () => {
  bench = await openBench();
  one = await bench.start({ httpPort: 0, leaseTtlMs, namespaceQueueLimit: 2 });
});
afterAll(() => bench.dispose());

/** What a sample of `/metrics` says; undefined when there is none. */
async function read(sample: string): Promise<number | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${one.running.httpPort}/metrics`)).text();
  const found = text
    .split('\n')
    .find((line) => inOrder(line.slice(0, line.lastIndexOf(' '))) === inOrder(sample));
  return found === undefined ? undefined : Number(found.slice(found.lastIndexOf(' ')));
}
/** Labels have none of their own. */
const inOrder = (sample: string) =>
  sample.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').sort().join(',')}}`);
const gpu = (name: string, labels = '') => `${name}{${labels}pool="gpu",service="scheduler"}`;
const becomes = (sample: string, value: number) =>
  eventually(async () => (await read(sample)) === value && value);

describe('what a scheduler tells Prometheus', () => {
  it('is how many runs wait and since when, who holds some, how long a claim took, and who was refused', async () => {
    // Limits hold from when the queue has been read.
    await one.client.scheduler.listExecutors({ pageSize: 1, pageToken: '' });
    const manifest = await bench.manifest(manifestOf());
    const submit = (command = key()) =>
      one.client.scheduler.submitRun(submission({ manifest, pool: 'gpu' }), { ...command, retryForMs: 0 });
    const taken = key();
    expect(await read(gpu('holdfast_queue_runs'))).toBeUndefined();
    const { run } = await submit(taken);
    await submit();
    await expect(submit()).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(await submit(taken)).toMatchObject({ created: false });
    expect(await read(gpu('holdfast_queue_runs'))).toBe(2);
    expect(await read('holdfast_refused_runs_total{code="QUEUE_FULL",service="scheduler"}')).toBe(1);
    one.clock.advance(60_000);
    expect(await read(gpu('holdfast_queue_oldest_seconds'))).toBeGreaterThanOrEqual(60);

    const executor = executorOn(one.client, bench);
    await executor.join({ pool: 'gpu' });
    const claimed = await eventually(() => executor.claim({ pool: 'gpu' }));
    expect(claimed.runId).toBe(run?.id);
    expect(await read(gpu('holdfast_queue_runs'))).toBe(1);
    expect(await read(gpu('holdfast_claimed_runs'))).toBe(1);
    expect(await read(gpu('holdfast_claim_seconds_count'))).toBe(1);
    expect(await read(gpu('holdfast_claim_seconds_sum'))).toBeGreaterThanOrEqual(60);
    expect(await read('holdfast_append_seconds_count{service="scheduler"}')).toBeGreaterThanOrEqual(3);

    await eventually(async () => {
      one.clock.advance(leaseTtlMs / 4);
      return (await read(gpu('holdfast_lease_expiries_total'))) === 1;
    });
    await expect(executor.completed(claimed)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    expect(await read(gpu('holdfast_fenced_reports_total'))).toBe(1);
    expect(await read(gpu('holdfast_queue_runs'))).toBe(2);
    expect(await read(gpu('holdfast_claimed_runs'))).toBe(0);
  });

  it('is how far its read models and its relay are behind: not at all, when they had time', async () => {
    const at = (name: string, what: string) => `${name}{service="scheduler",${what}}`;
    for (const projection of ['runs', 'queue']) {
      await becomes(at('holdfast_projection_lag_events', `projection="${projection}"`), 0);
      await becomes(at('holdfast_projection_lag_seconds', `projection="${projection}"`), 0);
    }
    await becomes(at('holdfast_reactor_lag_events', 'reactor="relay:holdfast.scheduler.v1"'), 0);
    expect(await read(at('holdfast_parked_events', 'reactor="sweeps"'))).toBe(0);
    expect(await read('holdfast_part_ready{part="scheduler:projections",service="scheduler"}')).toBe(1);
  });
});
