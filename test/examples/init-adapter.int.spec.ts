import { afterEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { detectScript, filesOf, type Detection } from '#apps/cli/init';
import { runPlainStep } from './step-harness.js';

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;
const withPython = hasPython ? it : it.skip;

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A newcomer's folder after `holdfast init`. */
function initialised(fill: (folder: string) => void, script: string) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-adapter-'));
  folders.push(folder);
  fill(folder);
  if (script.endsWith('.py')) spawnSync('python3', ['-m', 'venv', '--without-pip', join(folder, '.venv')]);
  const { detection, problems } = detectScript(join(folder, script));
  expect(problems).toEqual([]);
  for (const { path, text } of filesOf(detection as Detection)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, detection: detection as Detection };
}

/** The one step of it, seeing only what a sandbox would lay out. */
function runMain(
  folder: string,
  detection: Detection,
  set: Readonly<Record<string, number | string | boolean>> = {},
) {
  const knobs = {
    ...Object.fromEntries(detection.knobs.map(({ knob, default: value }) => [knob, value])),
    ...set,
  };
  const code = join(folder, 'code');
  rmSync(code, { recursive: true, force: true });
  const adapter = detection.language === 'python' ? 'holdfast_step.py' : 'holdfast-step.mjs';
  for (const name of [detection.script, 'holdfast.step.json', adapter])
    cpSync(join(folder, name), join(code, name));
  const inputs = Object.fromEntries(
    detection.data.map(({ name, path }) => [name, { copy: join(folder, path) }]),
  );
  const python = join(folder, '.venv/bin/python');
  const command = [detection.language === 'python' ? python : process.execPath, adapter] as const;
  return runPlainStep({ command, code, inputs, knobs });
}

const example = (name: string) => (folder: string) =>
  cpSync(join(examples, name), folder, { recursive: true });
const write = (name: string, text: string) => (folder: string) => writeFileSync(join(folder, name), text);
const valueOf = (points: readonly { name: string; value: number }[], name: string) =>
  points.find((point) => point.name === name)?.value;

describe('a script that knows nothing of Holdfast', () => {
  withPython('in Python, with constants', () => {
    const { folder, detection } = initialised(example('scripts'), 'train.py');
    expect(detection.knobs.map(({ knob }) => knob)).toEqual(['HELD_OUT', 'WEIGHT_OF_MASS']);
    const first = runMain(folder, detection);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(valueOf(first.points, 'accuracy')).toBeGreaterThan(0.9);
    expect(JSON.parse(first.output('model.json'))).toHaveProperty('centroids.Adelie');
    const again = runMain(folder, detection);
    expect([again.stdout, again.output('model.json')]).toEqual([first.stdout, first.output('model.json')]);
    const other = runMain(folder, detection, { HELD_OUT: 0.5 });
    expect(other.stdout).toContain('166 held out');
    [first, again, other].forEach((done) => done.close());
  });

  withPython('in Python, with flags', () => {
    const { folder, detection } = initialised(example('python'), 'train.py');
    expect(detection.seed).toBe('seed');
    const done = runMain(folder, detection, { prior: 'flat', held_out: 0.5 });
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(done.output('model.json'))).toHaveProperty('Adelie.prior', 1 / 3);
    expect(done.points.map(({ name }) => name)).toEqual(['accuracy', 'log_loss']);
    done.close();
  });

  it('in Node, with constants', () => {
    const { folder, detection } = initialised(example('scripts'), 'train.mjs');
    const first = runMain(folder, detection);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(valueOf(first.points, 'accuracy')).toBeGreaterThan(0.9);
    const other = runMain(folder, detection, { EVERY: 2 });
    expect(other.output('predictions.csv').split('\n').length).toBeGreaterThan(
      first.output('predictions.csv').split('\n').length,
    );
    [first, other].forEach((done) => done.close());
  });

  it('in Node, with flags, failing', () => {
    const text = `import { parseArgs } from 'node:util';
import { writeFileSync } from 'node:fs';
const { values } = parseArgs({ options: { code: { type: 'string', default: '3' }, loud: { type: 'boolean', default: false } } });
for (const loss of [0.5, 0.25]) console.log(\`loss=\${loss}\`);
writeFileSync('extra.txt', String(values.loud));
process.exit(Number(values.code));`;
    const { folder, detection } = initialised(write('a.mjs', text), 'a.mjs');
    const done = runMain(folder, detection, { loud: true });
    expect(done.status).toBe(3);
    expect(done.output('extra.txt')).toBe('true');
    expect(done.points).toEqual([
      { name: 'loss', value: 0.5, step: 0 },
      { name: 'loss', value: 0.25, step: 1 },
    ]);
    done.close();
  });

  withPython('ends as the script ends, by a signal too, and keeps what it wrote undeclared', () => {
    const text =
      'import os, pathlib\nfor name in ["x"]:\n    pathlib.Path(name + ".txt").write_text("1")\nos.kill(os.getpid(), 9)';
    const { folder, detection } = initialised(write('a.py', text), 'a.py');
    const done = runMain(folder, detection);
    expect(done.status).toBe(137);
    expect(done.output('x.txt')).toBe('1');
    done.close();
  });

  withPython('stops when a constant has moved', () => {
    const { folder, detection } = initialised(write('a.py', 'N = 1\nprint(N)\n'), 'a.py');
    writeFileSync(join(folder, 'a.py'), '# new\nN = 1\nprint(N)\n');
    const done = runMain(folder, detection, { N: 2 });
    expect(done.status).toBe(78);
    expect(done.stderr).toContain('line 1 of a.py is no longer `N = 1`');
    done.close();
  });

  withPython('keeps a number with a fraction one', () => {
    const { folder, detection } = initialised(
      write('a.py', 'RATE = 1.0  # per step\nprint(f"rate: {RATE}")\n'),
      'a.py',
    );
    const done = runMain(folder, detection, { RATE: 2 });
    expect(done.stdout).toBe('rate: 2.0\n');
    expect(readFileSync(join(folder, 'a.py'), 'utf8')).toContain('RATE = 1.0');
    done.close();
  });
});
