import { expect, it } from '@jest/globals';
import type { auditor as proto, scheduler } from '#contracts';
import { declare, key, type Experiment } from '../support/experiment.js';
import { runAgain, runOf } from '../support/outcomes.js';
import { bothWays } from './both-ways.js';

const imports = `import { appendFileSync, readFileSync } from 'node:fs';
const { knobs } = JSON.parse(readFileSync(process.env.HOLDFAST_PARAMS, 'utf8'));
const tell = (name, value) => appendFileSync(process.env.HOLDFAST_METRICS, JSON.stringify({ name, value, step: 0 }) + '\\n');\n`;
const rows = (shift: number) =>
  `bloom,petal\n${Array.from({ length: 60 }, (_, i) => `may,${10 + ((i * 7) % 13) + shift}`).join('\n')}\n`;

/** Other names than in any other test, so that nothing is right by its name alone. */
const blooms = (namespace: string): Experiment => ({
  namespace,
  name: 'blooms',
  files: {
    'grow.mjs': `${imports}const rows = readFileSync('inputs/garden', 'utf8').trim().split('\\n').slice(1);
tell('yield', rows.reduce((sum, row) => sum + Number(row.split(',')[1]), 0) / rows.length * knobs.sunshine);`,
  },
  datasets: { garden: rows(0) },
  knobs: { sunshine: 1 },
  blueprint: {
    knobs: { sunshine: 1 },
    data: { garden: { dataset: 'garden@1' } },
    steps: { grow: { run: ['node', 'grow.mjs'], in: { garden: 'data.garden' } } },
    metrics: { yield: { goal: 'maximize', tolerance: 0 } },
  },
});

/** A result that follows from the seed and from nothing else: noise around a hundred, wider than its tolerance. */
const noisy = (namespace: string): Experiment => ({
  namespace,
  name: 'noise',
  files: {
    'draw.mjs': `${imports}let state = Number(process.env.HOLDFAST_SEED);
let sum = 0;
for (let i = 0; i < 12; i++) { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; sum += state / 2 ** 32; }
tell('draw', 100 + (sum - 6) + knobs.shift);`,
  },
  knobs: { shift: 0 },
  blueprint: {
    knobs: { shift: 0 },
    steps: { draw: { run: ['node', 'draw.mjs'] } },
    metrics: { draw: { goal: 'none', tolerance: 0 } },
  },
});

bothWays('drift', (system) => {
  const auditor = () => system().connection.auditor;
  const accept = async (namespace: string, blueprint: string, metric: string, runs: scheduler.Run[]) => {
    const ids = runs.map(({ id }) => id);
    const about = { namespace, blueprint, channel: 'dev', metric, reason: 'these are right' };
    const { baseline } = await auditor().acceptBaseline({ ...about, runs: ids }, key());
    return baseline as proto.Baseline;
  };
  const found = async ({ namespace, id }: scheduler.Run) =>
    (await auditor().listDrift({ namespace, runId: id, pageSize: 0, pageToken: '' })).drifts;
  const told = (drifts: readonly proto.Drift[]) => drifts.map(({ kind, subject }) => `${kind} ${subject}`);

  it('from one value is found by its tolerance; the knob, then the data, are the suspects, whatever they are called', async () => {
    const one = blooms('meadows');
    const first = await runOf(system(), one);
    const baseline = await accept('meadows', 'blooms', 'yield', [first]);
    expect(baseline).toMatchObject({ n: 1, method: 'tolerance', referenceRun: first.id });
    expect(await found(await runAgain(system(), one))).toEqual([]);

    const knob = await found(await runAgain(system(), one, { sunshine: 2 }));
    expect(told(knob)).toEqual(['result yield', 'configuration knobs.sunshine']);
    expect(knob[0]).toMatchObject({ test: 'tolerance', n: 1, baselineId: baseline.id });
    expect(knob[0]?.suspects.map(({ what }) => what)).toEqual(['knobs.sunshine']);

    const moved = await runOf(system(), {
      ...one,
      datasets: { garden: rows(9) },
      blueprint: { ...one.blueprint, data: { garden: { dataset: 'garden@2' } } },
    });
    const data = await found(moved);
    expect(told(data)).toEqual(expect.arrayContaining(['result yield', 'data garden', 'data garden.petal']));
    expect(told(data)).not.toContain('data garden.bloom');
    expect(told(data).filter((one) => /configuration|environment/.test(one))).toEqual([]);
    expect(data[0]?.suspects[0]).toMatchObject({ area: 'data', what: 'data.garden' });
  });

  it('from eight noisy values is found where it is real, and not in draws of the same kind', async () => {
    const one = noisy('noises');
    await declare(system(), one);
    const draw = (seed: number, shift = 0) =>
      runAgain(system(), one, shift === 0 ? { seed } : { seed, shift });
    const accepted = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => draw(seed)));
    const baseline = await accept('noises', 'noise', 'draw', accepted);
    expect(baseline).toMatchObject({ n: 8, method: expect.stringMatching(/tolerance.interval/) });
    expect(baseline.falseAlarmRate).toBeGreaterThan(0);
    expect(baseline.sd).toBeGreaterThan(0);
    const same = await Promise.all([101, 102].map((seed) => draw(seed)));
    for (const run of same)
      expect(told(await found(run)).filter((one) => one.startsWith('result'))).toEqual([]);
    const shifted = await found(await draw(105, 20));
    expect(told(shifted)[0]).toBe('result draw');
    expect(shifted[0]).toMatchObject({ n: 8, falseAlarmRate: baseline.falseAlarmRate });
    expect(shifted[0]?.suspects.map(({ what }) => what)).toContain('knobs.shift');
    const { baseline: counted } = await auditor().getBaseline({ namespace: 'noises', id: baseline.id });
    expect(counted).toMatchObject({ compared: 3, drifted: 1 });
  });
});
