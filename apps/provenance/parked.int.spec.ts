import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError, streamId, systemChance } from '#kernel';
import { provenance as proto } from '#contracts';
import { openBench, until, type Bench } from './testing/bench.js';
import { writeRun } from './testing/written-runs.js';

const { VERDICT_IDENTICAL, VERDICT_UNSPECIFIED } = proto.Verdict;
let bench: Bench;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const list = async (pageSize = 0) => bench.client.listParked({ pageSize, pageToken: '' });

describe('an event that provenance cannot react to', () => {
  it('is listed with its reason, and handled when told to once that is mended', async () => {
    const run = systemChance.uuid();
    await writeRun(bench.engines, run);
    expect(await list()).toEqual({ parked: [], nextPageToken: '' });
    bench.scheduler.next = new DomainError('integrity', 'BROKEN', 'it is');
    const asked = { namespace: '', runId: run, reason: 'because it is a test' };
    const { reproduction } = await bench.client.reproduce(asked);
    const id = reproduction?.id ?? '';
    const { parked } = await until(list, (answer) => answer.parked.length > 0);
    expect(parked).toEqual([
      {
        reactor: 'submit-repeats',
        stream: streamId('reproduction', id),
        revision: 0,
        eventId: expect.any(String),
        type: 'ReproductionStarted',
        reason: 'BROKEN: it is',
        parkedAt: expect.stringMatching(/^2/),
      },
    ]);
    const read = async () => (await bench.client.getReproduction({ namespace: '', id })).reproduction;
    expect(await read()).toMatchObject({
      verdict: VERDICT_UNSPECIFIED,
      remarks: [expect.stringContaining(`put aside: ${parked[0]?.reason}`)],
    });

    expect(await bench.client.retryParked({ reactor: 'seal-bundles' })).toEqual({ handled: 0, left: 0 });
    expect(await bench.client.retryParked({})).toEqual({ handled: 0, left: 1 });
    bench.scheduler.next = {};
    expect(await bench.client.retryParked({ reactor: 'submit-repeats' })).toEqual({ handled: 1, left: 0 });
    expect(await list()).toEqual({ parked: [], nextPageToken: '' });
    const done = await until(read, (now) => now?.verdict !== VERDICT_UNSPECIFIED);
    expect(done).toMatchObject({ verdict: VERDICT_IDENTICAL, remarks: [] });
  });

  it('is asked for by the name of a reactor and in pages', async () => {
    await expect(bench.client.retryParked({ reactor: 'nobody' })).rejects.toMatchObject({
      code: 'REACTOR_NOT_FOUND',
      message: expect.stringContaining('submit-repeats'),
    });
    await expect(list(-1)).rejects.toMatchObject({ problems: [{ field: 'page_size' }] });
  });
});
