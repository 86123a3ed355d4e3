import { closeSync, ftruncateSync, openSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { holdfast, withinProcess } from '../testing/cli.js';
import { blueprintText, copyExample, makeFolder, type TestFolder } from '../testing/folder.js';

let folder: TestFolder;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const check = (...args: string[]) => withinProcess(['check', ...args], { HOME: folder.path });
const checkText = (text: string) => check(folder.put('holdfast.yaml', text));

/** `line:column CODE` of each problem. */
const places = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => /:(\d+:\d+) {2}([A-Z_]+) /.exec(line)?.slice(1).join(' '));

describe('holdfast check', () => {
  it('finds nothing wrong with the example, in the folder where it stands', async () => {
    copyExample('penguins', folder);
    const said = await holdfast(['check'], { cwd: folder.path, env: { HOME: folder.path } });
    expect(said).toEqual({ status: 0, stdout: '', stderr: '1 file checked: nothing wrong\n' });
    expect((await check(folder.path)).stderr).toBe('4 files checked: nothing wrong\n');
  });

  it('tells every problem of every file at once, at its line and column, and ends with 2', async () => {
    const file = folder.put(
      'holdfast.yaml',
      blueprintText(
        'environmint: node-26',
        'environment: python:latest',
        'knobs: { lr: .nan }',
        'steps: { main: { run: [node], in: { x: data.none }, out: { up: ../up.txt } } }',
      ),
    );
    const other = folder.put('knob.yaml', 'knob: l2\ntype: number\ndefault: 3\nrange: { min: 0, max: 1 }\n');
    const said = await check(file, other, folder.at('none.yaml'));
    expect(said.status).toBe(2);
    expect(places(said.stdout)).toEqual([
      '5:1 KEY_UNKNOWN',
      '6:14 ENVIRONMENT_NOT_PINNED',
      '7:14 NUMBER_NOT_FINITE',
      '8:40 INPUT_UNKNOWN',
      '8:64 PATH_INVALID',
      '1:1 KEY_MISSING',
      '1:1 FILE_MISSING',
    ]);
    expect(said.stdout).toContain('did you mean environment?');
    expect(said.stdout.split('\n')[0]).toContain(`${file}:5:1  KEY_UNKNOWN  environmint: `);
    expect(said.stderr).toBe('7 problems in 3 of 3 files\n');
  });

  it.each([
    ['a cycle', 'steps: { a: { run: [x], after: [b] }, b: { run: [x], after: [a] } }', 'STEPS_CYCLIC'],
    ['a key twice', 'knobs: { lr: 1, lr: 2 }', 'KEY_DUPLICATE'],
    ['an absolute path', 'code: { path: /etc }', 'PATH_INVALID'],
    ['a path that leads up', 'code: { path: ../other }', 'PATH_INVALID'],
    ['a tag', 'environment: { image: docker.io/library/python:3.12 }', 'IMAGE_NOT_PINNED'],
    ['a number beyond 2^53', 'seed: 9007199254740993', 'NUMBER_UNSAFE'],
    [
      'a credential',
      'secrets: { TOKEN: "ghp_0123456789abcdefghijklmnopqrstuvwxyz" }',
      'SECRET_NOT_A_REFERENCE',
    ],
  ])('refuses %s', async (_, line, code) => {
    const said = await checkText(blueprintText(line));
    expect(said.status).toBe(2);
    expect(places(said.stdout).map((place) => place?.split(' ')[1])).toContain(code);
    expect(said.stdout).not.toContain('ghp_');
  });

  it('refuses anchors that explode, in no time', async () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [name, before] of [...'bcdefghi'].map((name, i) => [name, 'abcdefghi'[i]]))
      bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`);
    const said = await checkText(bomb.join('\n'));
    expect(said.status).toBe(2);
    expect(said.stdout).toMatch(/ALIASES|VALUES/);
  });

  it('does not read a file of 100 MB, nor wait for a pipe', async () => {
    const big = openSync(folder.at('big.yaml'), 'w');
    ftruncateSync(big, 100 * 2 ** 20);
    closeSync(big);
    const said = await check(folder.at('big.yaml'), '/dev/null', folder.path);
    expect(said.status).toBe(2);
    expect(said.stdout).toContain('FILE_TOO_LARGE  a declaration has at most 1 MiB, found 100 MiB');
    expect(said.stdout).toContain('FILE_UNREADABLE  is not a file');
  });

  it('holds knobs against the catalogue beside the blueprint', async () => {
    folder.put(
      'catalogue/lr.yaml',
      'knob: lr\ntype: number\ndefault: 0.1\nrange: { max: 1 }\ndescription: Step\n',
    );
    folder.put('catalogue/again.yaml', 'knob: lr\ntype: number\ndefault: 0.1\ndescription: Step\n');
    const said = await checkText(blueprintText('knobs: { lr: 5, lrr: 1 }'));
    expect(places(said.stdout)).toEqual(['7:14 KNOB_OUT_OF_RANGE', '7:17 KNOB_UNKNOWN']);
    expect(said.stdout).toContain('did you mean lr?');
  });

  it('checks locks, and says what an unresolved merge is', async () => {
    folder.put('holdfast.yaml', blueprintText());
    const lock = folder.put('holdfast.lock', '<<<<<<< ours\n{}\n');
    expect((await check(lock)).stdout).toContain('LOCK_CONFLICT');
    expect((await check(folder.path)).stderr).toBe('1 problem in 1 of 2 files\n');
  });

  it('says the same as JSON, alone on stdout', async () => {
    const said = await check(folder.put('holdfast.yaml', blueprintText('seeds: 3')), '-o', 'json');
    expect(said.status).toBe(2);
    expect(said.stderr).toBe('');
    const [file] = JSON.parse(said.stdout) as [{ kind: string; problems: { code: string; place: object }[] }];
    expect(file.kind).toBe('blueprint');
    expect(file.problems).toMatchObject([{ code: 'KEY_UNKNOWN', place: { line: 7, column: 1 } }]);
  });

  it('follows a link that it is given by name', async () => {
    folder.put('real.yaml', blueprintText());
    symlinkSync('real.yaml', folder.at('link.yaml'));
    expect((await check(folder.at('link.yaml'))).status).toBe(0);
  });
});

describe('holdfast schema', () => {
  it('prints what editors read, and names the nearest of what there is not', async () => {
    const said = await withinProcess(['schema', 'blueprint'], {});
    expect(JSON.parse(said.stdout)).toMatchObject({ title: 'Blueprint', type: 'object' });
    expect((await withinProcess(['schema', '-q'], {})).stdout.split('\n')).toContain('knob');
    const wrong = await withinProcess(['schema', 'bluprint'], {});
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toContain('did you mean blueprint?');
  });
});
