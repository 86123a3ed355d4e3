import { afterEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkBlueprint, checkDeclaration } from '#domain/blueprint';
import { detectScript, filesOf, type Detected, type Detection } from './index.js';

const { status, stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)']);
const python = status === 0 ? String(stdout).trim() : undefined;
const withPython = python === undefined ? it.skip : it;

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A folder with a script and what lies beside it; a Python one has a virtual environment unless it says no. */
function folderWith(files: Readonly<Record<string, string | Buffer>>, venv = false): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-init-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  if (venv) {
    mkdirSync(join(folder, '.venv/bin'), { recursive: true });
    writeFileSync(join(folder, '.venv/pyvenv.cfg'), '');
    writeFileSync(join(folder, '.venv/bin/python'), `#!/bin/sh\nexec ${python} "$@"\n`, { mode: 0o755 });
  }
  return folder;
}

function detected(script: string, files: Readonly<Record<string, string>>): Detection {
  const { detection, problems } = detectScript(join(folderWith(files, script.endsWith('.py')), script));
  expect(problems).toEqual([]);
  return detection as Detection;
}
const codesOf = ({ problems }: Detected) => problems.map(({ code }) => code);
const knobsIn = ({ knobs }: Detection) =>
  Object.fromEntries(knobs.map(({ knob, type, default: value }) => [knob, [type, value]]));

const argparse = 'import argparse\np = argparse.ArgumentParser()\n';

describe('knobs of Python', () => {
  const cases: [string, string, Record<string, unknown>][] = [
    ['a float flag', `${argparse}p.add_argument("--lr", type=float, default=1)`, { lr: ['number', 1] }],
    [
      'a whole flag',
      `${argparse}p.add_argument("-e", "--epochs", type=int, default=3)`,
      { epochs: ['integer', 3] },
    ],
    ['a switch', `${argparse}p.add_argument("--fast", action="store_true")`, { fast: ['boolean', false] }],
    [
      'a switch off',
      `${argparse}p.add_argument("--no-cache", action="store_false", dest="cache")`,
      { cache: ['boolean', true] },
    ],
    [
      'a choice',
      `${argparse}p.add_argument("--opt", choices=["adam", "sgd"], default="sgd")`,
      { opt: ['string', 'sgd'] },
    ],
    [
      'a constant as default',
      `LR = 0.5\n${argparse}p.add_argument("--lr", type=float, default=LR)`,
      { lr: ['number', 0.5] },
    ],
    ['type=bool', `${argparse}p.add_argument("--x", type=bool, default=True)`, {}],
    ['several values', `${argparse}p.add_argument("--xs", nargs="+", default=3)`, {}],
    ['a computed default', `${argparse}p.add_argument("--x", type=int, default=len("abc"))`, {}],
    [
      'click',
      'import click\n@click.option("--depth", default=4, help="how deep")\ndef main(depth): ...',
      { depth: ['integer', 4] },
    ],
    [
      'constants',
      'EPOCHS = 10\nLR: float = 1e-3\nMODEL = "linear"\nDEBUG = False',
      {
        EPOCHS: ['integer', 10],
        LR: ['number', 0.001],
        MODEL: ['string', 'linear'],
        DEBUG: ['boolean', false],
      },
    ],
    [
      'lower case when nothing shouts',
      'lr = 0.5\ntotal = 0\ntotal += 1\nname = "x"',
      { lr: ['number', 0.5] },
    ],
    ['one that is assigned twice', 'N = 1\nN = 2\nM = 3', { M: ['integer', 3] }],
    ['inside a function', 'def f():\n    N = 1\nM = 2', { M: ['integer', 2] }],
    ['infinite', 'A = 1e999\nB = 2', { B: ['integer', 2] }],
    ['a secret', 'API_KEY = "abcdef"\nB = 2', { B: ['integer', 2] }],
    ['a path', 'MODEL = "out/model.bin"\nB = 2', { B: ['integer', 2] }],
  ];
  for (const [what, text, knobs] of cases)
    withPython(what, () => expect(knobsIn(detected('train.py', { 'train.py': text }))).toEqual(knobs));
});

describe('knobs of Node', () => {
  const cases: [string, string, string, Record<string, unknown>][] = [
    [
      'parseArgs',
      'a.mjs',
      `import { parseArgs } from 'node:util';\nparseArgs({ options: { lr: { type: 'string', default: '0.5' }, fast: { type: 'boolean' } } });`,
      { lr: ['number', 0.5], fast: ['boolean', false] },
    ],
    [
      'commander',
      'a.mjs',
      `import { program } from 'commander';\nprogram.option('--learning-rate <x>', 'step', parseFloat, 1).option('--no-cache', 'never');`,
      { learningRate: ['number', 1], cache: ['boolean', true] },
    ],
    [
      'constants',
      'a.mjs',
      `const EPOCHS = 10;\nexport const RATE = -1e-3;\nlet COUNT = 0;\nCOUNT += 1;`,
      { EPOCHS: ['integer', 10], RATE: ['number', -0.001] },
    ],
    ['common JS', 'a.cjs', `const EPOCHS = 10;\nreturn;`, { EPOCHS: ['integer', 10] }],
    [
      'TypeScript',
      'a.ts',
      `const EPOCHS: number = 10;\ninterface A { b: string }`,
      { EPOCHS: ['integer', 10] },
    ],
    [
      'camel case when nothing shouts',
      'a.mjs',
      `const learningRate = 0.5;\nconst name = 'x';`,
      { learningRate: ['number', 0.5] },
    ],
  ];
  for (const [what, script, text, knobs] of cases)
    it(what, () => expect(knobsIn(detected(script, { [script]: text }))).toEqual(knobs));
});

describe('files, seeds, metrics', () => {
  withPython('of Python', () => {
    const text = [
      'import json, random, numpy as np, pandas as pd',
      'from pathlib import Path',
      'SEED = 3',
      'DATA = Path("data")',
      'random.seed(SEED)',
      'frame = pd.read_csv(DATA / "a.csv")',
      'text = Path("notes.txt").read_text()',
      'pictures = open("missing.txt")',
      'other = open("/etc/hosts")',
      'with open("out/model.json", "w") as f: json.dump({}, f)',
      'frame.to_csv("result.csv")',
      'print(f"epoch: {1} val_loss: {2:.3f} time: {3}", "acc=", 4, "auc=%.2f" % 5, "f1: {}".format(6))',
    ].join('\n');
    const found = detected('train.py', {
      'train.py': text,
      'data/a.csv': 'x\n1\n',
      'notes.txt': '',
      'out/.keep': '',
    });
    expect(found.data.map(({ name, path, format }) => [name, path, format])).toEqual([
      ['a', 'data/a.csv', 'csv'],
      ['notes', 'notes.txt', 'file'],
    ]);
    expect(found.outputs.map(({ name, path }) => [name, path])).toEqual([
      ['model', 'out/model.json'],
      ['result', 'result.csv'],
    ]);
    expect(found.folders).toEqual(['out']);
    expect(found.seed).toBe('SEED');
    expect(found.metrics.map(({ name, goal }) => [name, goal])).toEqual([
      ['val_loss', 'minimize'],
      ['acc', 'maximize'],
      ['auc', 'maximize'],
      ['f1', 'maximize'],
    ]);
    const notes = found.notes.map(({ text: said }) => said).join('\n');
    expect(notes).toContain('reads missing.txt, which is not there');
    expect(notes).toContain('reads /etc/hosts');
    expect(notes).toContain('imports pandas');
  });

  it('of Node', () => {
    const text = [
      `import { readFileSync, writeFileSync } from 'node:fs';`,
      `import { join } from 'node:path';`,
      `import zod from 'zod/v4';`,
      `const FILE = 'a.csv';`,
      `readFileSync(join(import.meta.dirname, 'data', FILE));`,
      `writeFileSync('model.json', '{}');`,
      'console.log(`loss=${1} accuracy: ${2}`, Math.random());',
    ].join('\n');
    const found = detected('a.mjs', { 'a.mjs': text, 'data/a.csv': 'x\n1\n' });
    expect(found.data).toEqual([{ name: 'a', path: 'data/a.csv', format: 'csv' }]);
    expect(found.outputs.map(({ path }) => path)).toEqual(['model.json']);
    expect(found.metrics.map(({ name }) => name)).toEqual(['loss', 'accuracy']);
    expect(found.packages).toEqual(['zod']);
    expect(found.notes.map(({ text: said }) => said).join()).toContain('sets no seed');
  });
});

describe('what cannot be a script', () => {
  const refusals: [string, string, string | Buffer, string][] = [
    ['a syntax error in Python', 'a.py', 'def (:\n', 'SCRIPT_SYNTAX'],
    ['one in Node', 'a.mjs', 'const = 1;', 'SCRIPT_SYNTAX'],
    ['one in TypeScript', 'a.ts', 'const a: = 1;', 'SCRIPT_SYNTAX'],
    ['enormous', 'a.py', 'x = 1\n'.repeat(200_000), 'SCRIPT_TOO_LARGE'],
    ['binary', 'a.py', Buffer.from([1, 0, 2]), 'SCRIPT_NOT_TEXT'],
    ['nested without end', 'a.py', `${'('.repeat(5000)}${')'.repeat(5000)}`, 'SCRIPT_SYNTAX'],
    ['nested without end in Node', 'a.mjs', `${'['.repeat(100_000)}`, 'SCRIPT_SYNTAX'],
    ['not UTF-8', 'a.py', Buffer.from([0xff, 0xfe, 0x41]), 'SCRIPT_SYNTAX'],
    ['another language', 'a.rb', 'puts 1', 'SCRIPT_LANGUAGE_UNKNOWN'],
  ];
  for (const [what, name, text, code] of refusals)
    (name.endsWith('.py') ? withPython : it)(what, () =>
      expect(codesOf(detectScript(join(folderWith({ [name]: text }), name)))).toEqual([code]),
    );

  it('a missing one and a folder', () => {
    expect(codesOf(detectScript('/nowhere/a.py'))).toEqual(['SCRIPT_MISSING']);
    expect(codesOf(detectScript(join(folderWith({ 'b.py/c': '' }), 'b.py')))).toEqual(['SCRIPT_MISSING']);
  });

  withPython('Python without a virtual environment, saying what to do', () => {
    const { problems } = detectScript(join(folderWith({ 'a.py': 'import numpy' }), 'a.py'));
    expect(problems[0]).toMatchObject({ code: 'VENV_MISSING' });
    expect(problems[0]?.fix).toContain('python3 -m venv .venv && .venv/bin/pip install numpy');
  });

  it('a flag without a default, until its value is said', () => {
    const text = `import { program } from 'commander';\nprogram.requiredOption('--lr <x>', 'step', parseFloat);`;
    const script = join(folderWith({ 'a.mjs': text }), 'a.mjs');
    expect(codesOf(detectScript(script))).toEqual(['FLAG_WITHOUT_DEFAULT']);
    expect(knobsIn(detectScript(script, { set: { lr: 0.5 } }).detection as Detection)).toEqual({
      lr: ['number', 0.5],
    });
  });

  withPython('is never run', () => {
    const script =
      'import pathlib\npathlib.Path(__file__).with_name("ran").write_text("")\n__import__("os")._exit(3)';
    expect(detected('a.py', { 'a.py': script }).script).toBe('a.py');
  });
});

describe('what init writes', () => {
  const hostile = 'a: "#\\u202e \u0007 {x}';
  it('is a blueprint and knobs without a problem, whatever the script says', () => {
    const text = `import { program } from 'commander';\nprogram.option('--x <n>', ${JSON.stringify(hostile)}, parseFloat, 1);\nconst URL_ = 'a: b # c';`;
    const files = filesOf(detected('My Script.v2.mjs', { 'My Script.v2.mjs': text }));
    for (const { path, text: written } of files.filter(({ path }) => path.endsWith('.yaml')))
      expect([path, checkDeclaration(written, { file: path }).problems]).toEqual([path, []]);
    const [blueprint] = files;
    expect(checkBlueprint(blueprint?.text ?? '', { file: 'holdfast.yaml' }).blueprint?.blueprint).toBe(
      'default/my-script-v2',
    );
  });

  withPython('has a lock file of what is installed', () => {
    const folder = folderWith(
      {
        'a.py': 'N = 1',
        '.venv/lib/python3.11/site-packages/My_Pkg-1.2.dist-info/METADATA': 'Name: My_Pkg\nVersion: 1.2\n',
      },
      true,
    );
    const { detection } = detectScript(join(folder, 'a.py'));
    const lock = filesOf(detection as Detection).find(({ path }) => path === 'requirements.lock');
    expect(lock?.text).toContain('my-pkg==1.2\n');
  });
});
