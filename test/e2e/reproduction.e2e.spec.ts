import { access } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { streamId } from '#kernel';
import { digestBytes } from '#evidence';
import { provenance, type scheduler } from '#contracts';
import { appended } from '../support/appended.js';
import { cancelledRepeat } from '../support/cancelled-repeat.js';
import { reproduced, runOf } from '../support/outcomes.js';
import type { Experiment } from '../support/experiment.js';
import { startTogether } from '../support/start-together.js';
import type { System } from '../support/system.js';
import { bothWays } from './both-ways.js';

const { VERDICT_DIVERGED, VERDICT_EQUIVALENT, VERDICT_IDENTICAL, VERDICT_NOT_RUN } = provenance.Verdict;
const birds = 'species,mass\nadelie,3700\ngentoo,5000\n';
const tell = (value: string) =>
  `appendFileSync(process.env.HOLDFAST_METRICS, JSON.stringify({ name: 'score', value: ${value}, step: 0 }) + '\\n');`;
const imports = `import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';\n`;

/** Two steps in a row, the second of which takes in what the first wrote. */
const experiment = (namespace: string, first: string, second: string): Experiment => ({
  namespace,
  name: 'two',
  files: { 'first.mjs': `${imports}${first}`, 'second.mjs': `${imports}${second}` },
  datasets: { birds },
  blueprint: {
    data: { birds: { dataset: 'birds@1' } },
    steps: {
      // By name the second comes first; by the graph it does not.
      zeta: { run: ['node', 'first.mjs'], in: { raw: 'data.birds' }, out: { table: 'table' } },
      alpha: { run: ['node', 'second.mjs'], in: { table: 'zeta.table' }, out: { model: 'model' } },
    },
    metrics: { score: { goal: 'none', tolerance: { abs: 0.5 } } },
  },
});
const copied = `writeFileSync('outputs/table', readFileSync('inputs/raw', 'utf8').toUpperCase());`;
const modelled = `writeFileSync('outputs/model', readFileSync('inputs/table'));`;
const different = `String(process.hrtime.bigint()) + Math.random()`;

async function exported({ connection }: System, run: scheduler.Run, withData: boolean): Promise<Buffer> {
  const { namespace, id } = run;
  const answers = await Array.fromAsync(
    connection.provenance.exportBundle({
      namespace,
      runId: id,
      withData,
      withEnvironment: false,
      withoutProofs: true,
    }),
  );
  return Buffer.concat(answers.map(({ data }) => data));
}
const imported = ({ connection }: System, file: Buffer) =>
  connection.provenance.importBundle([{ data: file, namespace: 'abroad' }]);

bothWays('a reproduction', (system) => {
  it('is identical where everything follows from what goes in', async () => {
    const run = await runOf(system(), experiment('same', copied, `${modelled}${tell('1')}`));
    const { verdict, differences, repeatedRun } = await reproduced(system(), run);
    expect({ verdict, differences }).toEqual({ verdict: VERDICT_IDENTICAL, differences: [] });
    const over = await appended(system(), streamId('run', repeatedRun), 'RunCompleted');
    const { run: again } = await system().connection.scheduler.getRun(
      { namespace: '', id: repeatedRun },
      over,
    );
    expect(again).toMatchObject({ reproductionOf: run.id, reproducibilityKey: run.reproducibilityKey });
  });

  it('is equivalent where bytes differ and the metrics are within their tolerance', async () => {
    const stamped = `writeFileSync('outputs/model', ${different});${tell('1 + Math.random() / 4')}`;
    const run = await runOf(system(), experiment('near', copied, stamped));
    const { verdict, differences } = await reproduced(system(), run);
    expect(verdict).toBe(VERDICT_EQUIVALENT);
    expect(differences.map(({ what }) => what)).toContain('outputs.alpha.model');
    expect(differences.map(({ what }) => what)).not.toContain('outputs.zeta.table');
  });

  it('has diverged where a metric does, and names the first output that differs in the order of the graph', async () => {
    const random = `writeFileSync('outputs/table', ${different});`;
    const run = await runOf(
      system(),
      experiment('far', random, `${modelled}${tell('Number(process.hrtime.bigint() % 1000003n)')}`),
    );
    const { verdict, differences } = await reproduced(system(), run);
    expect(verdict).toBe(VERDICT_DIVERGED);
    expect(differences[0]?.what).toBe('outputs.zeta.table');
    expect(differences.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['outputs.alpha.model', 'metrics.score']),
    );
  });

  it('has not run where its repeat did not come to a result', async () => {
    const run = await runOf(system(), experiment('halted', copied, `${modelled}setTimeout(() => {}, 2000);`));
    const { verdict, remarks } = await cancelledRepeat(system(), run);
    expect(verdict).toBe(VERDICT_NOT_RUN);
    expect(remarks.join(' ')).toMatch(/cancelled/);
  });
});

describe('across installations', () => {
  it('a run is reproduced from its bundle where nothing else of the first one is left', async () => {
    const there = await startTogether({ env: {} });
    const here = await startTogether();
    let files: readonly Buffer[] = [];
    let run: scheduler.Run;
    try {
      run = await runOf(here, experiment('home', copied, `${modelled}${tell('1')}`));
      files = [await exported(here, run, true), await exported(here, run, false)];
    } finally {
      await here.close();
    }
    await expect(access(here.dataDir)).rejects.toMatchObject({ code: 'ENOENT' });
    try {
      const [withData, bare] = files as [Buffer, Buffer];
      const without = await imported(there, bare);
      expect(without).toMatchObject({ created: true, missing: [digestBytes(Buffer.from(birds))] });
      await expect(reproduced(there, { namespace: 'abroad', id: run.id })).rejects.toMatchObject({
        code: 'DATA_MISSING',
      });
      expect(await imported(there, withData)).toMatchObject({ missing: [] });
      const { verdict, differences, originalRun } = await reproduced(there, {
        namespace: 'abroad',
        id: run.id,
      });
      expect({ verdict, differences, originalRun }).toEqual({
        ...{ verdict: VERDICT_IDENTICAL, differences: [], originalRun: run.id },
      });
      await there.rebuildAll();
    } finally {
      await there.close();
    }
  });
});
