import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { detectScript, filesOf, type Detection } from '#apps/cli/init';
import { hostPythonEnvironment, type EnvironmentSpec, type StepSpec } from '#sandbox';
import { openBench, testedLevels, type StepBench } from '#sandbox/testing';

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));
const python =
  spawnSync('/usr/bin/python3', ['-c', 'import venv']).status === 0 ? '/usr/bin/python3' : undefined;

describe.each(await testedLevels())('an unedited script at level %s', (level) => {
  let bench: StepBench;
  let folder: string;
  beforeAll(async () => {
    bench = await openBench(level);
    folder = mkdtempSync(join(tmpdir(), 'holdfast-unedited-'));
    chmodSync(folder, 0o755);
  });
  afterAll(async () => {
    await bench.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(
    example: string,
    script: string,
    environment?: (home: string) => Promise<EnvironmentSpec>,
  ) {
    const home = join(folder, script);
    cpSync(join(examples, example), home, { recursive: true });
    const over = environment ? { environment: await environment(home) } : {};
    const { detection, problems } = detectScript(join(home, script));
    expect(problems).toEqual([]);
    const { data, outputs, knobs } = detection as Detection;
    const written = filesOf(detection as Detection);
    const adapter = written[2]?.path ?? '';
    const code = {
      [script]: readFileSync(join(home, script), 'utf8'),
      ...Object.fromEntries(written.slice(1, 3).map(({ path, text }) => [path, text])),
    };
    const values = Object.fromEntries(knobs.map(({ knob, default: value }) => [knob, value]));
    const step: Partial<StepSpec> = {
      argv: [adapter.endsWith('.py') ? 'python' : 'node', adapter],
      inputs: data.map(({ name, path }) => ({ path: name, bytes: readFileSync(join(home, path)) })),
      outputs: Object.fromEntries(outputs.map(({ name, path }) => [name, path])),
      params: Buffer.from(JSON.stringify({ knobs: values, seed: '01'.repeat(32), fold: null, step: 'main' })),
      ...over,
    };
    return bench.sandbox.runStep(await bench.spec(code, step));
  }

  it('runs in Node', async () => {
    const outcome = await run('scripts', 'train.mjs');
    expect(await bench.text(outcome.stderr.digest)).toBe('');
    expect(outcome).toMatchObject({ status: 'completed', undeclared: [] });
    expect(outcome.outputs.map(({ path }) => path)).toEqual(['predictions.csv']);
    expect(outcome.metrics.summary).toMatchObject([{ name: 'accuracy', count: 1 }]);
  });

  (python === undefined ? it.skip : it)('runs in Python', async () => {
    const outcome = await run('python', 'train.py', async (home) => {
      const venvDir = join(home, '.venv');
      execFileSync(python as string, ['-m', 'venv', '--without-pip', venvDir]);
      const { interpreter, packages } = await hostPythonEnvironment(venvDir);
      return { kind: 'host-python', venvDir, interpreter, packages };
    });
    expect(await bench.text(outcome.stderr.digest)).toBe('');
    expect(outcome).toMatchObject({ status: 'completed', undeclared: [] });
    expect(outcome.outputs.map(({ path }) => path)).toEqual(['model.json']);
    expect(outcome.metrics.summary.map(({ name }) => name)).toEqual(['accuracy', 'log_loss']);
  });
});
