import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemChance } from '#kernel';
import type { auditor as proto } from '#contracts';
import { openAuditorForTest, type OpenedAuditor } from '../testing/open-auditor.js';
import { writeRun } from '../testing/write-run.js';

let opened: OpenedAuditor;
beforeEach(async () => {
  opened = await openAuditorForTest();
});
afterEach(() => opened.close());

const key = () => ({ idempotencyKey: systemChance.uuid() });

describe('baselines', () => {
  const accept = (more: Partial<proto.AcceptBaselineRequest> = {}, options = key()) =>
    opened.client.auditor.acceptBaseline(
      {
        ...{
          namespace: '',
          blueprint: 'species',
          channel: '',
          metric: 'accuracy',
          runs: [],
          reason: 'reviewed',
        },
        ...more,
      },
      options,
    );

  it('accept what runs measured, with the tolerance of the reference', async () => {
    const a = await writeRun(opened.engines, 'a', { tolerance: 0.01 });
    const { baseline } = await accept();
    expect(baseline).toMatchObject({
      ...{ namespace: 'default', blueprint: 'species', channel: 'dev', metric: 'accuracy', version: 1, n: 1 },
      ...{ runs: [a.id], referenceRun: a.id, referenceManifest: a.manifest, mean: 0.9, method: 'tolerance' },
      ...{ reason: 'reviewed', retired: false, compared: 0, drifted: 0 },
    });
    expect(baseline?.upper).toBeCloseTo(0.91);
  });

  it('take every completed run of the newest one’s key where none is named, and no repeat of one', async () => {
    const values = Array.from({ length: 8 }, (_, i) => 0.9 + i / 1000);
    await writeRun(opened.engines, 'older', { seed: 1 });
    const ids: string[] = [];
    for (const [i, accuracy] of values.entries())
      ids.push((await writeRun(opened.engines, `r${i}`, { metrics: { accuracy } })).id);
    await writeRun(opened.engines, 'again', { reproductionOf: ids[0] as string });
    await writeRun(opened.engines, 'failed', { ends: 'RunFailed' });
    await writeRun(opened.engines, 'other', { blueprint: 'other' });
    const { baseline } = await accept();
    expect(baseline).toMatchObject({ runs: ids, referenceRun: ids[7], n: 8, method: 'tolerance-interval' });
    expect(baseline?.falseAlarmRate).toBeCloseTo(0.01);
  });

  it('refuse with everything that is wrong at once', async () => {
    const failed = await writeRun(opened.engines, 'failed', { ends: 'RunFailed' });
    const other = await writeRun(opened.engines, 'other', { blueprint: 'other' });
    await expect(accept()).rejects.toMatchObject({ problems: [{ code: 'RUNS_NONE' }] });
    await expect(accept({ runs: [failed.id, other.id, 'ffff', 'no!'] })).rejects.toMatchObject({
      kind: 'invalid',
      problems: [
        { code: 'RUN_NOT_COMPLETED', field: 'runs[0]' },
        { code: 'OTHER_BLUEPRINT', field: 'runs[1]' },
        { code: 'RUN_NOT_FOUND', field: 'runs[2]' },
        { code: 'RUN_NOT_FOUND', field: 'runs[3]' },
      ],
    });
    await writeRun(opened.engines, 'a', { metrics: { loss: 1 } });
    await expect(accept()).rejects.toMatchObject({
      problems: [{ code: 'METRIC_MISSING', fix: expect.stringContaining('loss') }],
    });
    await expect(
      accept({ blueprint: 'No', channel: 'prod', metric: '', reason: ' ', namespace: 'N' }),
    ).rejects.toMatchObject({ code: 'BASELINE_INVALID', problems: { length: 5 } });
  });

  it('answer a repeated command as before, also when there are more runs now', async () => {
    await writeRun(opened.engines, 'a');
    const options = key();
    const first = await accept({}, options);
    await writeRun(opened.engines, 'b');
    expect(await accept({}, options)).toEqual(first);
    expect(await accept({ runs: first.baseline?.runs ?? [] })).toMatchObject({
      ...{ position: first.position, baseline: { version: 1, n: 1 } },
    });
    await expect(accept({ reason: 'another' }, options)).rejects.toMatchObject({ kind: 'already-exists' });
  });

  it('are refreshed, retired, found by id, prefix and name, and keep what was', async () => {
    const a = await writeRun(opened.engines, 'a');
    const { baseline } = await accept();
    await writeRun(opened.engines, 'b');
    const again = await accept({ blueprint: 'default/species', reason: 'one more' });
    const id = baseline?.id as string;
    expect(again.baseline).toMatchObject({ id, version: 2, n: 2 });
    const { client } = opened;
    await client.auditor.retireBaseline({ namespace: '', id: 'species:accuracy', reason: 'done' }, key());
    for (const given of [
      id,
      id.slice(0, 6),
      `baseline-${id}`,
      'species:accuracy',
      'default/species:accuracy:dev',
    ]) {
      const found = await client.auditor.getBaseline({ namespace: '', id: given });
      expect(found).toMatchObject({
        baseline: { id, version: 2, retired: true },
        history: [
          { version: 2, retired: true, reason: 'one more' },
          { version: 1, retired: false, reason: 'reviewed', runs: [a.id] },
        ],
      });
    }
    for (const request of [
      { namespace: '', id: 'species:loss' },
      { namespace: 'penguins', id },
      { namespace: 'penguins', id: 'species:accuracy' },
    ])
      await expect(client.auditor.getBaseline(request)).rejects.toMatchObject({
        code: 'BASELINE_NOT_FOUND',
      });
    await writeRun(opened.engines, 'c', { namespace: 'penguins' });
    const elsewhere = await accept({ namespace: 'penguins' });
    for (const namespace of ['', 'penguins'])
      expect(
        (await client.auditor.getBaseline({ namespace, id: elsewhere.baseline?.id as string })).baseline,
      ).toEqual(elsewhere.baseline);
    const told: (string | undefined)[] = [];
    const everything = { namespace: '', asOf: undefined, types: [], limit: 0, follow: false };
    for await (const { event } of client.auditor.readHistory({
      subject: 'baseline:species:accuracy',
      ...everything,
    }))
      told.push(event?.type);
    expect(told).toEqual(['BaselineAccepted', 'BaselineAccepted', 'BaselineRetired']);
  });

  it('are listed in pages, of one blueprint or all', async () => {
    const metrics = { accuracy: 1, loss: 2, time: 3 };
    await writeRun(opened.engines, 'a', { metrics });
    await writeRun(opened.engines, 'b', { metrics, blueprint: 'other' });
    for (const metric of Object.keys(metrics))
      for (const blueprint of ['species', 'other']) await accept({ metric, blueprint });
    const list = (pageToken = '', blueprint?: string) =>
      opened.client.auditor.listBaselines({
        ...{ namespace: '', pageSize: 4, pageToken },
        ...(blueprint === undefined ? {} : { blueprint }),
      });
    const first = await list();
    const second = await list(first.nextPageToken);
    expect(
      [...first.baselines, ...second.baselines].map(({ blueprint, metric }) => [blueprint, metric]),
    ).toEqual(
      ['other', 'species'].flatMap((blueprint) => Object.keys(metrics).map((metric) => [blueprint, metric])),
    );
    expect((await list('', 'species')).baselines).toHaveLength(3);
  });
});
