import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  bin,
  checkout,
  manyCommandsMs,
  newcomer,
  olderNode,
  type Newcomer,
} from '../support/command-line.js';
import { toldOfRun, verdict, worked, wroteLock } from '../support/first-run.js';
import { startTogether } from '../support/start-together.js';
import type { System } from '../support/system.js';
import { typedWithin } from '../support/typed-within.js';

let somebody: Newcomer;
const comes = (example?: string) => void (somebody = newcomer(example));
beforeEach(() => comes());
afterEach(async () => {
  expect(await somebody.processes()).toEqual([]);
  somebody.remove();
});

describe('the first two commands, and those that they lead to', () => {
  it(
    'go from a script to a verdict, and on to all that it offers, without an edit; first without a server, then with one',
    async () => {
      comes('scripts');
      const { holdfast } = somebody;
      worked(await holdfast('init', 'train.mjs'));
      const first = worked(await holdfast('run'));
      expect(first.stdout).toMatch(verdict(' {2}accuracy +[01](\\.\\d+)? +maximize\\n'));
      expect(first.stderr).toMatch(wroteLock);
      const [, run = ''] = /run ([0-9a-f]{8})/.exec(first.stdout) ?? [];
      const stop = await somebody.up();
      expect(worked(await holdfast('reproduce', 'last')).stdout).toMatch(/^identical: /);
      // The rest of it within this process, which finds the same server.
      const env = { ...somebody.env, HOLDFAST_DATA_DIR: join(somebody.home, '.local/share/holdfast') };
      const typed = (...args: string[]) => typedWithin(somebody.folder, args, env);
      worked(await typed('bundle', run, '--out', 'first.holdfast'));
      expect(worked(await typed('verify', 'first.holdfast')).stdout).toMatch(
        /^first\.holdfast: holds, but no signature was checked/,
      );
      await toldOfRun({ holdfast: typed }, run);
      // The bundle lies beside the script now, and is no code.
      expect(worked(await typed('run', '--frozen', '-q')).stdout).toMatch(/^[0-9a-f-]{36}\n$/);
      await stop();
    },
    manyCommandsMs,
  );
});

describe('init, and what follows it', () => {
  let system: System;
  beforeAll(async () => {
    system = await startTogether();
  });
  afterAll(() => system.close());
  /** Within this process: how it starts and where it finds a server is told above. */
  const typed = (...args: string[]) =>
    typedWithin(somebody.folder, args, { ...somebody.env, HOLDFAST_SERVER: system.addresses.registry });

  it.each<[string, Readonly<Record<string, string>>, string[], RegExp]>([
    [
      'an empty folder',
      {},
      [],
      /^SCRIPT_UNCLEAR {2}there is no script in the folder.*: holdfast init SCRIPT\n$/,
    ],
    [
      'several scripts',
      { 'a.mjs': '1', 'b.mjs': '2' },
      [],
      /^SCRIPT_UNCLEAR .*name the one .*: a\.mjs, b\.mjs\n$/,
    ],
    ['no such script', {}, ['c.py'], /^SCRIPT_MISSING {2}c\.py is not a file/],
    [
      'another language',
      { 'a.rb': 'puts 1' },
      ['a.rb'],
      /^SCRIPT_LANGUAGE_UNKNOWN .*write holdfast\.yaml by hand\n$/,
    ],
    [
      'Python without an environment',
      { 'a.py': 'print(1)' },
      ['a.py'],
      /^VENV_MISSING .*python3 -m venv \.venv/,
    ],
  ])('refuses %s with what to do, and writes nothing', async (_, files, args, message) => {
    for (const [name, text] of Object.entries(files)) somebody.put(name, text);
    const said = await typed('init', ...args);
    expect(said).toMatchObject({ status: 2, stdout: '' });
    expect(said.stderr).toMatch(message);
    expect(() => somebody.read('holdfast.yaml')).toThrow('ENOENT');
  });

  it('takes a script in which there is nothing to find, and the only one of a folder', async () => {
    somebody.put('hello.mjs', 'console.log("hello");\n');
    const said = worked(await typed('init'));
    expect(said.stdout).toMatch(/knobs +none\n[^]*metrics +none\n[^]*next: holdfast run\n$/);
    expect(worked(await typed('run')).stdout).toMatch(/^completed {2}default\/hello /);
  });

  it('never writes over what a person changed, unless told to', async () => {
    somebody.put('hello.mjs', 'const N = 3;\nconsole.log("n:", N);\n');
    worked(await typed('init', 'hello.mjs'));
    const first = somebody.read('holdfast.yaml');
    worked(await typed('init', 'hello.mjs'));
    somebody.put('holdfast.yaml', first.replace(/^why: .*$/m, 'why: Mine.'));
    const refused = await typed('init', 'hello.mjs');
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toMatch(/holdfast\.yaml:1:1 {2}FILE_EXISTS .*--force\n/);
    expect(somebody.read('holdfast.yaml')).toContain('why: Mine.');
    worked(await typed('init', 'hello.mjs', '--force'));
    expect(somebody.read('holdfast.yaml')).toBe(first);
  });

  it('says what is missing instead of failing later', async () => {
    comes('scripts');
    rmSync(somebody.at('data'), { recursive: true });
    const init = worked(await typed('init', 'train.mjs'));
    expect(init.stdout).toMatch(
      /! train\.mjs:8: reads data\/penguins\.csv, which is not there: put it there/,
    );
    expect(init.stdout).toMatch(/\nnext: look at the lines with !, then holdfast run\n$/);
    const run = await typed('run');
    expect(run.status).toBe(3);
    expect(run.stdout).toMatch(/last of stderr:\n +Error: ENOENT: no such file[^\n]*data\/penguins\.csv'\n/);
  });
});

describe('npx holdfast in a checkout', () => {
  const inSubfolder = join(checkout, 'libs/kernel');

  it('works from any folder of it', async () => {
    const said = worked(await somebody.run('npx', ['--no-install', 'holdfast', '--version'], inSubfolder));
    expect(said.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  (olderNode === undefined ? it.skip : it)(
    'is started anew on Node 26 by an older Node, status and all',
    async () => {
      const doctor = await somebody.run(olderNode as string, [bin, 'doctor', '-o', 'json'], inSubfolder);
      expect([0, 4]).toContain(doctor.status);
      expect(doctor.stdout).toMatch(/26\.\d+\.\d+/);
      const wrong = await somebody.run(olderNode as string, [bin, 'rnus'], inSubfolder);
      expect(wrong).toMatchObject({ status: 2, stdout: '' });
      expect(wrong.stderr).toContain('Did you mean runs?');
    },
  );
});
