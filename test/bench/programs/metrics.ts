import { writeFileSync } from 'node:fs';
import { declare, ended, key, type Experiment } from '../../support/experiment.js';
import type { Program } from '../harness/figure.js';
import { median } from '../harness/measure.js';
import { temporaryFolder } from '../support/folder.js';
import { startServer } from '../support/server.js';

const times = 3;

/** Points are prepared as one text, so that the step itself takes next to nothing. */
const script = `import { readFileSync, writeFileSync } from 'node:fs';
const { knobs } = JSON.parse(readFileSync(process.env.HOLDFAST_PARAMS, 'utf8'));
const line = (i) => '{"name":"loss","value":' + (knobs.salt + i / 7) + ',"step":' + i + '}';
const lines = Array.from({ length: knobs.points }, (_, i) => line(i));
writeFileSync(process.env.HOLDFAST_METRICS, lines.join('\\n') + '\\n');
`;
const experiment: Experiment = {
  ...{ namespace: 'bench', name: 'points', files: { 'points.mjs': script }, knobs: { points: 1, salt: 0 } },
  blueprint: {
    knobs: { points: 1, salt: 0 },
    steps: { train: { run: ['node', 'points.mjs'] } },
    metrics: { loss: { goal: 'minimize', tolerance: 0, unit: '1' } },
  },
};

/** How much longer a run takes that writes so many points than one that writes a single one. */
export const metrics: Program = async (full) => {
  const points = full ? 500_000 : 100_000;
  const folder = await temporaryFolder('metrics');
  const server = await startServer({ dataDir: folder.at('data') });
  const { connection } = server;
  await declare({ connection }, experiment);
  let salt = 0;

  async function seconds(count: number): Promise<number> {
    const overrides = Buffer.from(JSON.stringify({ points: count, salt: ++salt }));
    const startedAt = performance.now();
    const { run } = await connection.scheduler.submitRun(
      {
        ...{ namespace: 'bench', what: { $case: 'blueprint', value: 'points' }, overrides },
        ...{ reason: 'a benchmark', priority: 0, dryRun: false },
      },
      key(),
    );
    if (run === undefined) throw new Error('no run was answered');
    const { failure } = await ended({ connection }, run);
    if (failure) throw new Error(failure.message);
    return (performance.now() - startedAt) / 1000;
  }
  async function often(count: number): Promise<number> {
    const taken: number[] = [];
    for (let i = 0; i < times; i++) taken.push(await seconds(count));
    return median(taken) as number;
  }
  await seconds(points);
  const lines = Array.from({ length: points }, (_, i) => `{"name":"loss","value":${i / 7},"step":${i}}`);
  return {
    async ours() {
      const [one, many] = [await often(1), await often(points)];
      // What noise has made faster than nothing was not measured.
      return many > one ? { 'metrics.points': points / (many - one) } : {};
    },
    bare() {
      const startedAt = performance.now();
      const text = lines.map((line) => JSON.stringify(JSON.parse(line))).join('\n');
      writeFileSync(folder.at('bare.jsonl'), text, { flush: true });
      return Promise.resolve({ 'metrics.points': (points * 1000) / (performance.now() - startedAt) });
    },
    ...(full ? {} : { smaller: { 'metrics.points': `${points} points` } }),
    async close() {
      await server.stop();
      await folder.remove();
    },
  };
};
