import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isDomainError, streamId, systemChance, systemClock } from '#kernel';
import type { auditor as proto } from '#contracts';
import { driftCodec } from '#contracts/stored';
import { driftStream } from '#domain/drift';
import { openSharedEngines } from '#engines';
import { placesOf } from '#platform';
import { AuditorConfig } from '../index.js';
import { openAuditorForTest, type OpenedAuditor } from '../testing/open-auditor.js';
import { irises, writeRun, type Trial } from '../testing/write-run.js';

let opened: OpenedAuditor;
beforeEach(async () => {
  opened = await openAuditorForTest();
});
afterEach(() => opened.close());

const accept = async (more: Partial<proto.AcceptBaselineRequest> = {}) => {
  const request = {
    namespace: '',
    blueprint: 'species',
    channel: '',
    metric: 'accuracy',
    runs: [],
    reason: 'good',
  };
  const { baseline } = await opened.client.auditor.acceptBaseline(
    { ...request, ...more },
    { idempotencyKey: systemChance.uuid() },
  );
  return baseline as proto.Baseline;
};
const list = (more: Partial<proto.ListDriftRequest> = {}) =>
  opened.client.auditor.listDrift(
    { namespace: '', pageSize: 0, pageToken: '', ...more },
    { repeatable: true },
  );

/** What the comparison of a run with a baseline gave, once it is there. */
async function outcome(run: string, baseline: string) {
  for (;;) {
    for await (const [event] of opened.engines.eventStore.readStream(driftStream(run, baseline)))
      if (event) return driftCodec.decode(event.type, event.bytes);
    await systemClock.sleep(5);
  }
}

/** The findings of a run, as clients see them who ask at once; again where a comparison takes longer than a call may. */
async function drifts(run: string): Promise<readonly proto.Drift[]> {
  for (;;)
    try {
      return (await list({ runId: run })).drifts;
    } catch (error) {
      if (!isDomainError(error) || error.code !== 'NOT_COMPARED') throw error;
    }
}

/** A reference that is accepted, and a run that differs from it. */
async function drifted(changed: Trial, reference: Trial = {}) {
  await writeRun(opened.engines, 'reference', reference);
  await accept(reference.blueprint === undefined ? {} : { blueprint: reference.blueprint });
  const run = await writeRun(opened.engines, 'changed', { ...reference, ...changed });
  return drifts(run.id);
}
const told = (found: readonly proto.Drift[]) => found.map(({ kind, subject }) => `${kind} ${subject}`);
const suspects = (found: readonly proto.Drift[]) => found[0]?.suspects.map(({ what }) => what);
const worse = { metrics: { accuracy: 0.8 } };

describe('a run that is as the baseline', () => {
  it('holds it, for its terminal event, and is counted', async () => {
    await writeRun(opened.engines, 'a');
    const baseline = await accept();
    const run = await writeRun(opened.engines, 'b');
    const { event, metadata } = await outcome(run.id, baseline.id);
    expect(event).toMatchObject({ type: 'BaselineHeld', run: run.id, value: 0.9, method: 'tolerance', n: 1 });
    expect(metadata).toMatchObject({
      ...{ causationId: run.eventIds['RunCompleted'], correlationId: 'c-b', service: 'auditor' },
      actor: { type: 'service' },
    });
    const request = { namespace: '', id: baseline.id };
    let found = (await opened.client.auditor.getBaseline(request)).baseline;
    while (found?.compared === 0) found = (await opened.client.auditor.getBaseline(request)).baseline;
    expect(found).toMatchObject({ compared: 1, drifted: 0 });
    expect((await list()).drifts).toEqual([]);
  });

  it('holds it with another knob too, as long as the result is inside', async () => {
    await writeRun(opened.engines, 'a', { tolerance: 0.05 });
    const { id } = await accept();
    const knobs = { rate: 0.2, l2: 0.001 };
    const run = await writeRun(opened.engines, 'b', { knobs, metrics: { accuracy: 0.92 }, tolerance: 0.05 });
    expect((await outcome(run.id, id)).event.type).toBe('BaselineHeld');
  });
});

describe('a run that differs', () => {
  it('by a knob has it named, with the test that noticed', async () => {
    const found = await drifted({ knobs: { rate: 0.1, l2: 0.01 }, ...worse });
    expect(told(found)).toEqual(['result accuracy', 'configuration knobs.l2']);
    expect(found[0]).toMatchObject({ test: 'tolerance', threshold: 0, n: 1 });
    expect(found[0]?.statistic).toBeCloseTo(0.1);
    expect(found[0]?.suspects).toEqual([
      { what: 'knobs.l2', area: 'configuration', before: '0.001', after: '0.01', detail: '+0.009 (+900 %)' },
    ]);
  });

  it('by one byte of data has it named, and where it is', async () => {
    const found = await drifted({ data: { birds: irises.replace('2.5,', '2.6,') }, ...worse });
    expect(told(found)).toEqual(['result accuracy', 'data birds']);
    expect(suspects(found)).toEqual(['data.birds']);
    expect(found[1]?.detail).toContain('row 2, column width: "2.5" became "2.6"');
    expect(found[1]?.detail).toContain(
      '120 rows as before; no column differs by 2 tests together, false alarms 1 %',
    );
  });

  it('by both has both named, the likelier first', async () => {
    const data = { birds: irises.replace('2.5,', '2.6,') };
    const found = await drifted({ data, knobs: { rate: 0.1, l2: 0.01 }, ...worse });
    expect(told(found)).toEqual(['result accuracy', 'data birds', 'configuration knobs.l2']);
    expect(suspects(found)).toEqual(['data.birds', 'knobs.l2']);
  });

  it('is explained in any other blueprint just as well, by file, seed, knob and data of any name', async () => {
    const reference: Trial = {
      blueprint: 'tides',
      knobs: { harmonics: 5, window: 'hann' },
      data: { levels: 'port,height\nA,1\nB,2\n', ports: 'name\nA\n' },
      code: { 'lib/fit.py': 'fit()', 'main.py': 'main()' },
    };
    const found = await drifted(
      {
        knobs: { harmonics: 5, window: 'hamming' },
        data: { levels: 'port,height\nA,1\nB,3\n', ports: 'name\nA\n' },
        code: { 'lib/fit.py': 'fit(2)', 'main.py': 'main()' },
        seed: 8,
        ...worse,
      },
      reference,
    );
    expect(suspects(found)).toEqual(['data.levels', 'code.lib/fit.py', 'knobs.window', 'seed.root']);
    expect(told(found)).toEqual([
      ...[
        'result accuracy',
        'data levels',
        'configuration code',
        'configuration knobs.window',
        'configuration seed',
      ],
    ]);
  });

  it('by a section of its environment is a drift, whatever the result', async () => {
    const libraries = (libm: string) => ({ libraries: { files: { 'libm.so.6': libm } } });
    const found = await drifted({ sections: libraries('sha256:b') }, { sections: libraries('sha256:a') });
    expect(told(found)).toEqual(['environment libraries']);
    expect(found[0]).toMatchObject({
      test: 'equality of digests',
      detail: 'files.libm.so.6: sha256:a became sha256:b',
      suspects: [{ area: 'environment', what: 'fingerprint.libraries.files.libm.so.6' }],
    });
  });

  it('by the distribution of a column has the column named, with test, threshold, n and rate', async () => {
    const rows = (shift: number, share: number) =>
      Array.from({ length: 200 }, (_, i) => `${(i % 50) + shift},${i % 100 < share ? 'a' : 'b'}`).join('\n');
    const csv = (shift: number, share: number) => ({ birds: `size,site\n${rows(shift, share)}\n` });
    const found = await drifted({ data: csv(20, 80) }, { data: csv(0, 50) });
    expect(told(found)).toEqual(['data birds', 'data birds.size', 'data birds.site']);
    expect(found[1]).toMatchObject({ test: 'two-sample Kolmogorov–Smirnov', n: 400, falseAlarmRate: 0.005 });
    expect(found[1]?.detail).toContain('the median 25 became 45');
    expect(found[2]).toMatchObject({ test: 'chi-square homogeneity', threshold: 0.995 });
    expect(found[2]?.detail).toContain('50 % became 80 %');
    expect(found.every(({ statistic, threshold }) => statistic > threshold)).toBe(true);
  });

  it('by the rows it takes is told, and the rows are what is tested', async () => {
    const found = await drifted({ where: "species = 'setosa'" }, {});
    expect(told(found)).toEqual(['data birds.where']);
  });

  it('outside a tolerance interval says its rate of false alarms', async () => {
    for (let i = 0; i < 10; i++)
      await writeRun(opened.engines, `r${i}`, { metrics: { accuracy: 0.9 + (i % 5) / 1000 } });
    const { upper = 0 } = await accept();
    const run = await writeRun(opened.engines, 'b', { metrics: { accuracy: upper + 0.01 } });
    const [first] = await drifts(run.id);
    expect(first).toMatchObject({ test: 'tolerance interval (Howe 1969)', n: 10, suspects: [] });
    expect(first?.falseAlarmRate).toBeCloseTo(0.01);
  });
});

describe('comparisons', () => {
  it('are made with every baseline of the name that was accepted before, and with no other', async () => {
    const metrics = { accuracy: 0.9, loss: 1 };
    await writeRun(opened.engines, 'a', { metrics });
    const [accuracy, loss] = [await accept(), await accept({ metric: 'loss' })];
    const run = await writeRun(opened.engines, 'b', { metrics: { accuracy: 0.9, loss: 2 } });
    expect((await outcome(run.id, accuracy.id)).event.type).toBe('BaselineHeld');
    expect((await outcome(run.id, loss.id)).event).toMatchObject({ type: 'DriftDetected', metric: 'loss' });
    const later = await accept({ channel: 'staging' });
    await opened.client.auditor.retireBaseline({ namespace: '', id: loss.id, reason: 'enough' });
    const repeat = await writeRun(opened.engines, 'c', {
      reproductionOf: run.id,
      metrics: { accuracy: 0.1, loss: 1 },
    });
    const other = await writeRun(opened.engines, 'd', { blueprint: 'other', metrics });
    const next = await writeRun(opened.engines, 'e', { metrics });
    await outcome(next.id, later.id);
    const compared = async (id: string) => {
      for await (const events of opened.engines.eventStore.readStream(streamId('drift', id)))
        return events.length > 0;
      return false;
    };
    for (const [id, baseline] of [
      [run.id, later.id],
      [next.id, loss.id],
      [repeat.id, accuracy.id],
      [other.id, accuracy.id],
    ] as const)
      expect(await compared(driftStream(id, baseline).slice('drift-'.length))).toBe(false);
  });

  it('are listed newest first in pages, by run and blueprint, and found by id', async () => {
    await writeRun(opened.engines, 'a');
    await accept();
    const [b, c] = [await writeRun(opened.engines, 'b', worse), await writeRun(opened.engines, 'c', worse)];
    await drifts(b.id);
    const [drift] = await drifts(c.id);
    const first = await list({ pageSize: 1 });
    const second = await list({ pageSize: 1, pageToken: first.nextPageToken });
    expect([first, second].map(({ drifts: [one] }) => one?.runId)).toEqual([c.id, b.id]);
    expect((await list({ blueprint: 'default/species' })).drifts).toHaveLength(2);
    expect((await list({ blueprint: 'other' })).drifts).toEqual([]);
    expect((await list({ runId: 'last' })).drifts).toEqual([drift]);
    for (const given of [drift?.id as string, drift?.id.slice(0, 8) as string, drift?.stream as string])
      expect((await opened.client.auditor.getDrift({ namespace: '', id: given })).drift).toEqual(drift);
    await expect(opened.client.auditor.getDrift({ namespace: '', id: 'ffff' })).rejects.toMatchObject({
      code: 'DRIFT_NOT_FOUND',
    });
    await expect(list({ runId: 'ffff' })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    const { chain, reason } = await opened.client.auditor.explainWhy({
      namespace: '',
      subject: drift?.id as string,
    });
    expect(chain.map(({ type }) => type)).toEqual([
      'DriftDetected',
      'RunCompleted',
      'RunClaimed',
      'RunSubmitted',
    ]);
    expect(reason).toBe('to see whether it works');
  });

  it('are found by the ids of runs and findings in every namespace, unless one is named', async () => {
    const penguins = { namespace: 'penguins' };
    await writeRun(opened.engines, 'a', penguins);
    await accept(penguins);
    const { id } = await writeRun(opened.engines, 'b', { ...penguins, ...worse });
    const [drift] = await drifts(id);
    expect(drift).toMatchObject({ ...penguins, runId: id });
    for (const runId of ['last', id.slice(0, 8)]) expect((await list({ runId })).drifts).toEqual([drift]);
    expect((await list()).drifts).toEqual([]);
    await expect(list({ runId: id, namespace: 'default' })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    const request = { namespace: '', id: drift?.id as string };
    expect((await opened.client.auditor.getDrift(request)).drift).toEqual(drift);
    await expect(opened.client.auditor.getDrift({ ...request, namespace: 'default' })).rejects.toMatchObject({
      code: 'DRIFT_NOT_FOUND',
    });
  });

  it('go on after a restart: what completed meanwhile is compared, and nothing twice', async () => {
    await writeRun(opened.engines, 'a');
    const { id } = await accept();
    const before = await writeRun(opened.engines, 'b', worse);
    const found = await drifts(before.id);
    await opened.stop();
    const shared = await openSharedEngines(
      placesOf(Object.assign(new AuditorConfig(), { dataDir: opened.dataDir })),
    );
    const meanwhile = await writeRun(shared, 'c', worse);
    await shared.close();
    opened = await openAuditorForTest(opened.dataDir);
    expect(await drifts(meanwhile.id)).toHaveLength(1);
    expect(await drifts(before.id)).toEqual(found);
    const { baseline } = await opened.client.auditor.getBaseline({ namespace: '', id });
    expect(baseline).toMatchObject({ compared: 2, drifted: 2 });
  });

  it('come out the same when every read model is built again', async () => {
    await writeRun(opened.engines, 'a');
    await accept();
    const b = await writeRun(opened.engines, 'b', worse);
    await drifts(b.id);
    const { projections } = await opened.client.auditor.listProjections({});
    expect(projections.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['baselines', 'drifts', 'history', 'runs']),
    );
    for (const { name } of projections) {
      let result;
      for await (const { progress } of opened.client.auditor.rebuildProjection({ name }))
        result = progress?.result;
      expect(result).toMatchObject({ identical: true });
    }
  });
});
