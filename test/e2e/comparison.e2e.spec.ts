import { expect, it } from '@jest/globals';
import type { Digest, Json } from '#kernel';
import { canonicalBytes, digestBytes } from '#evidence';
import { eventually, executorOn } from '../../apps/scheduler/testing/bench.js';
import { declare, ended, submit, type Experiment } from '../support/experiment.js';
import { differencesOf, runAgain, runOf } from '../support/outcomes.js';
import { bothWays } from './both-ways.js';

const script = `import { readFileSync, writeFileSync } from 'node:fs';
const { knobs } = JSON.parse(readFileSync(process.env.HOLDFAST_PARAMS, 'utf8'));
writeFileSync('outputs/model', JSON.stringify([knobs, process.env.HOLDFAST_SEED, readFileSync('inputs/raw', 'utf8').length]));`;
const birds = `species,mass\nadelie,3700\ngentoo,5000\n`;
const experiment = (namespace: string): Experiment => ({
  namespace,
  name: 'masses',
  files: { 'main.mjs': script, 'about.txt': 'nothing\n' },
  datasets: { birds },
  knobs: { rate: 1, depth: 2 },
  blueprint: {
    knobs: { rate: 1, depth: 2 },
    data: { birds: { dataset: 'birds@1' } },
    steps: { main: { run: ['node', 'main.mjs'], in: { raw: 'data.birds' }, out: { model: 'model' } } },
  },
});
/** What may have caused a difference, not what came of it. */
const causes = (differences: readonly string[]) => differences.filter((one) => !one.startsWith('result '));

bothWays('two runs compared', (system) => {
  it('differ in what was changed and in nothing else: a knob, the seed, two at once, nothing', async () => {
    const one = experiment('settings');
    const first = await runOf(system(), one);
    const [again, knob, seed, both] = await Promise.all([
      runAgain(system(), one),
      runAgain(system(), one, { rate: 2 }),
      runAgain(system(), one, { seed: 8 }),
      runAgain(system(), one, { rate: 2, depth: 3 }),
    ]);
    expect(await differencesOf(system(), first, first)).toEqual([]);
    expect(await differencesOf(system(), first, again)).toEqual([]);
    expect(causes(await differencesOf(system(), first, knob))).toEqual(['configuration knobs.rate']);
    expect(causes(await differencesOf(system(), first, seed))).toEqual(['configuration seed.root']);
    expect(causes(await differencesOf(system(), first, both)).sort()).toEqual([
      ...['configuration knobs.depth', 'configuration knobs.rate'],
    ]);
    expect(await differencesOf(system(), first, knob)).toContain('result outputs.main.model');
  });

  it('differ in one byte of code, in one byte of data', async () => {
    const one = experiment('bytes');
    const first = await runOf(system(), one);
    const code = await runOf(system(), { ...one, files: { ...one.files, 'about.txt': 'nothinG\n' } });
    expect(causes(await differencesOf(system(), first, code))).toEqual(['configuration code.about.txt']);
    const data = await runOf(system(), {
      ...one,
      datasets: { birds: birds.replace('5000', '5001') },
      blueprint: { ...one.blueprint, data: { birds: { dataset: 'birds@2' } } },
    });
    expect(causes(await differencesOf(system(), first, data))).toEqual([
      ...['data data.birds', 'data data.birds.profile.columns.mass.max'],
    ]);
  });

  it('differ in a section of the environment they found', async () => {
    const pool = 'elsewhere';
    const one = { ...experiment('places') };
    const first = await runOf(system(), one);
    const moved = { ...one, blueprint: { ...one.blueprint, pool } };
    await declare(system(), moved);
    const waiting = await submit(system(), moved);
    const blob = async (text: string) => {
      const { digest, sizeBytes } = await system().artifacts.put(Buffer.from(text));
      return { digest, sizeBytes };
    };
    const [fingerprint] = first.attempts.map((attempt) => attempt.fingerprint as Digest);
    const captured = JSON.parse(
      Buffer.from(await system().artifacts.read(fingerprint as Digest)).toString(),
    ) as Record<string, Json>;
    const sections = captured['sections'] as Record<string, Record<string, Json>>;
    const otherSections = { ...sections, os: { ...sections['os'], release: 'another' } };
    const other = canonicalBytes({ ...captured, sections: otherSections } as Json);
    const executor = executorOn(system().connection, { blob });
    await executor.join({ pool, architecture: process.arch });
    const assignment = await eventually(() => executor.claim({ pool }));
    await executor.report(assignment, {
      $case: 'started',
      value: {
        fingerprint: (await blob(String(Buffer.from(other)))).digest,
        sections: Object.fromEntries(
          Object.entries(otherSections).map(([name, section]) => [
            name,
            digestBytes(canonicalBytes(section as Json)),
          ]),
        ),
        isolation: first.isolation,
        hostNotIsolated: false,
      },
    });
    const outputs = first.steps[0]?.outputs ?? [];
    const { stdout, stderr, metrics } = first.steps[0] ?? {};
    await executor.step(assignment, {
      ...{ name: 'main', outputs, stdout, stderr, metrics, summary: [] },
    } as never);
    await executor.report(assignment, { $case: 'completed', value: { metrics: [] } });
    const second = await ended(system(), waiting);
    expect(await differencesOf(system(), first, second)).toEqual(['environment fingerprint.os.release']);
  });
});
