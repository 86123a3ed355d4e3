import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { verbs } from '#apps/cli/verbs';
import { bin, newcomer, python, type Newcomer, type Said } from '../support/command-line.js';
import { startTogether } from '../support/start-together.js';
import type { System } from '../support/system.js';

let system: System;
let somebody: Newcomer;

/** As typed into a shell in which `holdfast` is installed. */
const shell = (line: string, folder = '.'): Promise<Said> =>
  somebody.run(
    'bash',
    [
      '-c',
      `PATH="$HOME/bin:$PATH"; HOLDFAST_SERVER=${system.addresses.registry}; export PATH HOLDFAST_SERVER; ${line}`,
    ],
    join(somebody.folder, folder),
  );
async function worked(line: string): Promise<string> {
  const said = await shell(line);
  if (said.status !== 0) throw new Error(`${line}: ${said.status}\n${said.stdout}\n${said.stderr}`);
  return said.stdout.trim();
}

/** What somebody has who has worked with Holdfast for a while, under the names that the examples use. */
async function prepare(): Promise<void> {
  const { at, put, read, home, run } = somebody;
  mkdirSync(join(home, 'bin'));
  mkdirSync(join(home, '.zfunc'));
  symlinkSync(bin, join(home, 'bin/holdfast'));
  cpSync(at('data/penguins.csv'), at('penguins.csv'));
  // Fewer folds, less to wait for.
  put('holdfast.yaml', read('holdfast.yaml').replace('k: 5', 'k: 2'));
  cpSync(at('src'), at('experiments/src'), { recursive: true });
  put('experiments/wide.yaml', read('holdfast.yaml').replace('species', 'wide'));
  put('script/train.mjs', 'const RATE = 0.5;\nconsole.log("loss:", RATE);\n');
  const digest = `sha256:${'a'.repeat(64)}`;
  put(
    'image.yaml',
    `{ environment: python-3-12, kind: image, architecture: x64, image: docker.io/library/python, digest: "${digest}" }`,
  );
  put('requirements.txt', '');
  if (python !== undefined) {
    cpSync(new URL('../../../examples/python', import.meta.url).pathname, at('python'), { recursive: true });
    put('python/points.csv', read('penguins.csv'));
    await run(python, ['-m', 'venv', '--without-pip', '.venv']);
    await run(python, ['-m', 'venv', '--without-pip', '.venv'], at('python'));
  }
  await worked('holdfast dataset add palmer-penguins penguins.csv --reason "to have it"');
  await worked('holdfast run -q');
  put('holdfast.yaml', read('holdfast.yaml').replace('why: Do', 'why: Do the'));
  await worked('holdfast run -q');
  await worked('holdfast bundle last --out run.holdfast');
  await worked('holdfast baseline accept penguins/species --metric accuracy --reason "reviewed"');
  await worked('holdfast sweep holdfast.yaml epochs=1,2 -q');
}

/** Ids stand for themselves in an example; here they are those of what there is. */
const idOf: Readonly<Record<string, string>> = {
  drift: 'holdfast drift -q | head -n 1',
  sweeps: 'holdfast sweeps -q | head -n 1',
  cordon: 'holdfast executors -q',
  uncordon: 'holdfast executors -q',
};
async function asTyped(example: string): Promise<string> {
  const verb = /holdfast (\S+)/.exec(example)?.[1] ?? '';
  if (!/\b(3f0e|81aa)\b/.test(example)) return example;
  const asked = idOf[verb] ?? 'holdfast runs completed penguins/species -q --all';
  // A drift is found a moment after the run has ended.
  for (;;) {
    const [first, second] = (await shell(asked)).stdout.trim().split('\n');
    if (first) return example.replace('3f0e', first).replace('81aa', second ?? first);
  }
}

/** What there must be, each time anew, for an example to have something to do. */
const before: readonly (readonly [RegExp, string])[] = [
  [/^holdfast cancel/, 'holdfast run --set epochs=30000 --detach -q'],
  [/^holdfast sweeps cancel/, 'holdfast sweep holdfast.yaml epochs=30000,29999 --detach -q'],
  [/^holdfast bundle/, 'rm run.holdfast'],
  [/^holdfast reproduce last/, 'holdfast run -q'],
  [/^holdfast show|^holdfast logs/, 'holdfast show last -w -q'],
];

/** They wait for ctrl-c, or for a machine that is not ours; that commander reads them is tested with the table. */
const notRun = /^holdfast up|research\.example|\| source$/;
/** Exit status 4 says that something was found, which here is as it should be. */
const finds = /^holdfast (diff|drift|doctor|lock|reproduce)\b/;
const needsPython = /train\.py|--python/;
const folderOf = (example: string) =>
  example === 'holdfast init' ? 'script' : example.startsWith('holdfast init') ? 'python' : '.';
/** What takes something away comes last. */
const takesAway = /^holdfast (cordon|drain|knob retire|baseline retire|gc|projections rebuild)/;
const examples = verbs.flatMap(({ examples: some }) => some).filter((example) => !notRun.test(example));
const ordered = [
  ...examples.filter((example) => !takesAway.test(example)),
  ...examples.filter((example) => takesAway.test(example) && !/drain|cordon/.test(example)),
  ...examples.filter((example) => / cordon/.test(example)),
  ...examples.filter((example) => / drain/.test(example)),
];

describe('an example of --help works as it stands', () => {
  beforeAll(async () => {
    system = await startTogether();
    somebody = newcomer('penguins');
    await prepare();
  }, 120_000);
  afterAll(async () => {
    await system.close();
    somebody.remove();
  }, 60_000);

  it.each(ordered)(
    '%s',
    async (example) => {
      if (python === undefined && needsPython.test(example)) return expect(example).toMatch(needsPython);
      const force = /init train\.py --set/.test(example) ? ' --force' : '';
      for (const [pattern, line] of before) if (pattern.test(example)) await worked(line);
      const said = await shell((await asTyped(example)) + force, folderOf(example));
      expect([said.stderr, said.status]).toEqual([
        said.stderr,
        finds.test(example) && said.status === 4 ? 4 : 0,
      ]);
    },
    60_000,
  );
});
