import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError, streamId, systemChance } from '#kernel';
import { provenance as proto } from '#contracts';
import { runCodec } from '#contracts/stored';
import { openBench, until, type Bench } from './testing/bench.js';
import { writeRun, type WrittenRun } from './testing/written-runs.js';

const { VERDICT_IDENTICAL, VERDICT_EQUIVALENT, VERDICT_DIVERGED, VERDICT_NOT_RUN, VERDICT_UNSPECIFIED } =
  proto.Verdict;
const uuid = () => systemChance.uuid();
const namespace = '';
const reason = 'because it is a test';
let bench: Bench;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

async function original(run: WrittenRun = {}): Promise<string> {
  const id = uuid();
  await writeRun(bench.engines, id, run);
  return id;
}
const start = (runId: string, idempotencyKey = uuid()) => {
  const request = { namespace, runId, reason };
  return bench.client.reproduce(request, { idempotencyKey });
};
const concluded = async (id: string) => {
  const { reproduction } = await until(
    () => bench.client.getReproduction({ namespace, id }),
    (answer) => answer.reproduction?.verdict !== VERDICT_UNSPECIFIED,
  );
  return reproduction as proto.Reproduction;
};
async function repeated(runId: string, next: WrittenRun | DomainError): Promise<proto.Reproduction> {
  bench.scheduler.next = next;
  const { reproduction } = await start(runId);
  return concluded(reproduction?.id ?? '');
}

describe('a reproduction', () => {
  it('of the same bytes is identical; the repeated run names it as its cause', async () => {
    bench.scheduler.next = {};
    const run = await original();
    const { reproduction } = await start(run);
    expect(reproduction).toMatchObject({ originalRun: run, verdict: VERDICT_UNSPECIFIED, reason });
    // Whoever gets the answer can watch the run.
    expect(bench.scheduler.runs.has(reproduction?.repeatedRun ?? '')).toBe(true);
    const done = await concluded(reproduction?.id ?? '');
    expect(done).toMatchObject({ verdict: VERDICT_IDENTICAL, differences: [], remarks: [] });
    const [batch] = await Array.fromAsync(
      bench.engines.eventStore.readStream(streamId('run', done.repeatedRun)),
    );
    const [submitted] = batch ?? [];
    const { metadata } = runCodec.decode(submitted?.type ?? '', submitted?.bytes ?? new Uint8Array());
    const [started] = await Array.fromAsync(
      bench.engines.eventStore.readStream(streamId('reproduction', done.id), { limit: 1 }),
    );
    expect(metadata.causationId).toBe(started?.[0]?.eventId);
    expect(bench.scheduler.requests.at(-1)).toMatchObject({
      ...{ reproductionOf: run, reason: expect.not.stringContaining(reason) },
    });
  });

  it('within the tolerance is equivalent, beyond it diverged, and says what differs inside', async () => {
    const run = await original({ tolerance: 0.01, accuracy: 0.97 });
    const near = await repeated(run, { tolerance: 0.01, accuracy: 0.975, model: '{"weights":[1,3]}' });
    expect(near.verdict).toBe(VERDICT_EQUIVALENT);
    expect(near.differences[0]).toMatchObject({
      area: 'result',
      what: 'outputs.train.model',
      detail: expect.stringContaining('weights[1]: 2 became 3'),
    });
    const plots = { 'a.svg': '<svg/>', 'b/c.svg': '<svg>\n<g/></svg>' };
    const far = await repeated(run, { tolerance: 0.01, accuracy: 0.5, plots });
    expect(far.verdict).toBe(VERDICT_DIVERGED);
    expect(far.differences.map(({ what }) => what)).toEqual([
      'outputs.train.plots',
      'metrics.train.accuracy',
      'metrics.accuracy',
    ]);
    expect(far.differences[0]?.detail).toContain('b/c.svg, line 1: "<svg></svg>" became "<svg>"');
  });

  it('remarks on hosts that were not isolated and on sections that differ', async () => {
    const run = await original({ hostNotIsolated: true, ownUid: true });
    const { remarks, verdict } = await repeated(run, { cores: 4 });
    expect(verdict).toBe(VERDICT_IDENTICAL);
    expect(remarks).toEqual([
      'the host was not isolated in the original run: what lies around may have reached it',
      "steps had the server's own user in the original run: they could change what it can",
      'the environments differ in cpu',
    ]);
  });

  it('that could not run says why', async () => {
    const run = await original();
    expect(await repeated(run, { end: 'RunFailed' })).toMatchObject({
      verdict: VERDICT_NOT_RUN,
      remarks: [expect.stringMatching(/failed: timeout: too slow$/)],
    });
    expect((await repeated(run, { end: 'RunCancelled' })).remarks).toEqual([
      expect.stringMatching(/was cancelled$/),
    ]);
    const refusal = new DomainError('rule', 'QUOTA', 'no more runs today');
    expect(await repeated(run, refusal)).toMatchObject({
      verdict: VERDICT_NOT_RUN,
      remarks: [expect.stringContaining('QUOTA: no more runs today')],
    });
  });

  it('is one for one key, and is submitted once however often the service was killed on the way', async () => {
    const run = await original();
    const key = uuid();
    const first = await start(run, key);
    expect(await start(run, key)).toMatchObject({
      reproduction: { id: first.reproduction?.id },
      position: expect.any(String),
    });
    await expect(start(await original(), key)).rejects.toMatchObject({ kind: 'already-exists' });
    bench.scheduler.next = new DomainError('unavailable', 'BUSY', 'not now');
    const before = bench.scheduler.requests.length;
    // The scheduler does not take it: there is an answer all the same, within the caller's time.
    const { reproduction } = await bench.client.reproduce(
      { namespace, runId: run, reason },
      { idempotencyKey: uuid(), deadlineMs: 3_000 },
    );
    expect(bench.scheduler.runs.has(reproduction?.repeatedRun ?? '')).toBe(false);
    await until(
      () => bench.scheduler.requests.length,
      (count) => count > before,
    );
    await bench.stop();
    bench.scheduler.next = {};
    await bench.restart();
    const done = await concluded(reproduction?.id ?? '');
    expect(done.verdict).toBe(VERDICT_IDENTICAL);
  });

  it('is refused for what has no result, and every problem is told at once', async () => {
    await expect(start(await original({ end: 'RunFailed' }))).rejects.toMatchObject({
      kind: 'rule',
      code: 'RUN_NOT_COMPLETED',
    });
    await expect(start(uuid())).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    await expect(bench.client.reproduce({ namespace: 'No', runId: '!', reason: '' })).rejects.toMatchObject({
      problems: [{ field: 'namespace' }, { field: 'run_id' }, { field: 'reason' }],
    });
  });

  it('is found by its id, its beginning and `last`, and listed newest first', async () => {
    const namespace = 'listed';
    const [one, two] = [await original({ namespace }), await original({ namespace })];
    const ids: string[] = [];
    for (const run of [one, two, one]) ids.push((await start(run)).reproduction?.id ?? '');
    for (const id of ids) await concluded(id);
    const get = async (id: string) =>
      (await bench.client.getReproduction({ namespace, id })).reproduction?.id;
    expect(await get(ids[1]?.slice(0, 12) ?? '')).toBe(ids[1]);
    expect(ids).toContain(await get('last'));
    const anywhere = { namespace: '', runId: one, pageSize: 0, pageToken: '' };
    expect((await bench.client.listReproductions(anywhere)).reproductions).toHaveLength(2);
    for (const id of [ids[1]?.slice(0, 12) ?? '', ids[1] ?? ''])
      expect((await bench.client.getReproduction({ namespace: '', id })).reproduction?.id).toBe(ids[1]);
    await expect(bench.client.getReproduction({ namespace: 'elsewhere', id: 'last' })).rejects.toMatchObject({
      code: 'REPRODUCTION_NOT_FOUND',
    });
    await expect(get('0000')).rejects.toMatchObject({ code: 'REPRODUCTION_NOT_FOUND' });
    const list = async (runId: string | undefined, pageSize = 0, pageToken = '') =>
      bench.client.listReproductions({ namespace, runId, pageSize, pageToken });
    const all = (await list(undefined)).reproductions;
    expect(all.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect((await list(one)).reproductions.map(({ originalRun }) => originalRun)).toEqual([one, one]);
    const first = await list(undefined, 2);
    const rest = await list(undefined, 2, first.nextPageToken);
    expect([...first.reproductions, ...rest.reproductions]).toEqual(all);
  });
});

describe('comparing runs', () => {
  const compare = async (a: string, b: string) => bench.client.compareRuns({ namespace, a, b });
  const whats = ({ differences }: proto.CompareRunsResponse) => differences.map(({ what }) => what);

  it('finds nothing between a run and its like', async () => {
    expect(await compare(await original(), await original())).toEqual({ differences: [], sameKey: true });
  });

  it('names every difference, the likeliest cause first, and what is inside', async () => {
    const [a, b] = [
      await original(),
      await original({
        csv: 'species,bill\nAdelie,39.1\nGentoo,48\n',
        l2: 0.2,
        code: { 'train.mjs': 'console.log(2)\n' },
        cores: 8,
        model: '{"weights":[1,9]}',
        accuracy: 0.9,
      }),
    ];
    const answer = await compare(a, b);
    expect(answer.sameKey).toBe(false);
    expect(whats(answer)).toEqual([
      'data.penguins',
      'data.penguins.profile.columns.bill.max',
      'code.train.mjs',
      'knobs.l2',
      'fingerprint.cpu.cores',
      'outputs.train.model',
      'metrics.train.accuracy',
      'metrics.accuracy',
    ]);
    const [data, profile, code, knob, cpu] = answer.differences;
    expect(data?.detail).toContain('row 2, column bill: "47" became "48"');
    expect(profile).toMatchObject({ area: 'data', a: '47', b: '48' });
    expect(code?.detail).toContain('line 1: "console.log(1)" became "console.log(2)"');
    expect(knob).toMatchObject({ area: 'configuration', a: '0.1', b: '0.2', detail: '+0.1 (+100 %)' });
    expect(cpu).toMatchObject({ area: 'environment', a: '2', b: '8' });
  });

  it('takes runs that failed or go on, and refuses those that were never admitted', async () => {
    const [fine, failed] = [await original(), await original({ end: 'RunFailed' })];
    const answer = await compare(fine, failed);
    expect(answer.differences).toMatchObject([
      { what: 'outcome', a: 'completed', b: 'failed (timeout)' },
      { what: 'metrics.accuracy' },
    ]);
    await expect(compare(fine, uuid())).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    await expect(compare(fine, '?')).rejects.toMatchObject({ problems: [{ field: 'b' }] });
  });
});
