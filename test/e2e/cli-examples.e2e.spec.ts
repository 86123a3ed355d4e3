import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { verbs } from '#apps/cli/verbs';
import { systemClock } from '#kernel';
import { bin, manyCommandsMs, newcomer, python, type Newcomer } from '../support/command-line.js';
import { startTogether } from '../support/start-together.js';
import type { System } from '../support/system.js';
import { typedWithin, wordsOf } from '../support/typed-within.js';

let system: System;
let somebody: Newcomer;

/** As typed into a shell in which `holdfast` is installed. What needs no shell but for a file of what it says is read within this process. */
async function shell(line: string, folder = '.') {
  const [cwd, server] = [join(somebody.folder, folder), system.addresses.registry];
  const [, command = line, file] = /^(.*) > ([\w.-]+)$/.exec(line) ?? [];
  const [program, ...args] = wordsOf(command) ?? [];
  if (program === 'holdfast') {
    const said = await typedWithin(cwd, args, { ...somebody.env, HOLDFAST_SERVER: server });
    if (file !== undefined) writeFileSync(join(cwd, file), said.stdout);
    return said;
  }
  const installed = `PATH="$HOME/bin:$PATH"; HOLDFAST_SERVER=${server}; export PATH HOLDFAST_SERVER`;
  return somebody.run('bash', ['-c', `${installed}; ${line}`], cwd);
}
async function worked(line: string): Promise<string> {
  const said = await shell(line);
  if (said.status !== 0) throw new Error(`${line}: ${said.status}\n${said.stdout}\n${said.stderr}`);
  return said.stdout.trim();
}

const steps = `  train: { run: [node, train.mjs], in: { raw: data.penguins }, out: { model: model.json }, each: fold }
  report: { run: [node, report.mjs], in: { folds: train }, out: { report: report.html } }
`;
const sources: Readonly<Record<string, string>> = {
  // So many epochs last until the run is cancelled.
  'train.mjs': `import { readFileSync, writeFileSync } from 'node:fs';
const { knobs } = JSON.parse(readFileSync('params.json', 'utf8'));
writeFileSync('outputs/model.json', JSON.stringify(knobs));
if (knobs.epochs > 20_000) setTimeout(() => {}, 100_000);
`,
  'report.mjs': `import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
const { knobs } = JSON.parse(readFileSync('params.json', 'utf8'));
const value = 1 - 1 / (2 + knobs.epochs * knobs.learningRate);
writeFileSync('outputs/report.html', '<p>' + value + '</p>');
for (const name of ['accuracy', 'balanced_accuracy', 'log_loss', 'brier'])
  appendFileSync(process.env.HOLDFAST_METRICS, JSON.stringify({ name, value }) + '\\n');
`,
};

/** What somebody has who has worked with Holdfast for a while, under the names that the examples use. */
async function prepare(): Promise<void> {
  const { at, put, read, home, run } = somebody;
  mkdirSync(join(home, 'bin'));
  mkdirSync(join(home, '.zfunc'));
  symlinkSync(bin, join(home, 'bin/holdfast'));
  cpSync(at('data/penguins.csv'), at('penguins.csv'));
  await worked('holdfast dataset add palmer-penguins penguins.csv --reason "to have it"');
  // Once as it stands.
  await worked('holdfast run -q');
  rmSync(at('holdfast.lock'));
  // The examples are about the command line: steps of the same names that train nothing, in fewer folds.
  const declared = read('holdfast.yaml').replace('k: 5', 'k: 2');
  put('holdfast.yaml', declared.replace(/^steps:\n( .*\n)+/m, `steps:\n${steps}`));
  rmSync(at('src'), { recursive: true });
  Object.entries(sources).forEach(([name, text]) => put(`src/${name}`, text));
  cpSync(at('src'), at('experiments/src'), { recursive: true });
  put('experiments/wide.yaml', read('holdfast.yaml').replace('species', 'wide'));
  put('script/train.mjs', 'const RATE = 0.5;\nconsole.log("loss:", RATE);\n');
  const digest = `sha256:${'a'.repeat(64)}`;
  put(
    'image.yaml',
    `{ environment: python-3-12, kind: image, architecture: x64, image: docker.io/library/python, digest: "${digest}" }`,
  );
  put('requirements.txt', '');
  for (const name of ['me.pem', 'new.pem'])
    put(name, String(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' })));
  if (python !== undefined) {
    cpSync(new URL('../../../examples/python', import.meta.url).pathname, at('python'), { recursive: true });
    put('python/points.csv', read('penguins.csv'));
    await run(python, ['-m', 'venv', '--without-pip', '.venv']);
    await run(python, ['-m', 'venv', '--without-pip', '.venv'], at('python'));
  }
  await worked('holdfast run -q');
  put('holdfast.yaml', read('holdfast.yaml').replace('why: Do', 'why: Do the'));
  await worked('holdfast run -q');
  await worked('holdfast bundle last --out run.holdfast');
  await worked('holdfast audit key > holdfast.pub');
  await worked('holdfast baseline accept penguins/species --metric accuracy --reason "reviewed"');
  await worked('holdfast sweep holdfast.yaml epochs=1,2 -q');
  // An installation of before, for whoever moves it elsewhere.
  mkdirSync(at('old'));
  const events = new DatabaseSync(join(system.dataDir, 'events.sqlite'), { readOnly: true });
  await backup(events, at('old/events.sqlite'));
  events.close();
}

/** Ids stand for themselves in an example; here they are those of what there is. */
const idOf: Readonly<Record<string, string>> = {
  drift: 'holdfast drift -q',
  sweeps: 'holdfast sweeps -q',
  cordon: 'holdfast executors -q',
  scale: 'holdfast executors -q',
  uncordon: 'holdfast executors -q',
  hold: 'holdfast hold list --in-force -q',
};
async function asTyped(example: string): Promise<string> {
  const verb = /holdfast (\S+)/.exec(example)?.[1] ?? '';
  if (!/\b(3f0e|81aa)\b/.test(example)) return example;
  const asked = idOf[verb] ?? 'holdfast runs completed penguins/species -q --all';
  // A drift is found a moment after the run has ended.
  for (;;) {
    const [first, second] = (await shell(asked)).stdout.trim().split('\n');
    if (first)
      return example.replace(/\b(3f0e|81aa)\b/g, (id) => (id === '3f0e' ? first : (second ?? first)));
    await systemClock.sleep(20);
  }
}

/** What there must be, each time anew, for an example to have something to do. */
const before: readonly (readonly [RegExp, string])[] = [
  [/^holdfast cancel/, 'holdfast run --set epochs=30000 --detach -q'],
  [/^holdfast sweeps cancel/, 'holdfast sweep holdfast.yaml epochs=30000,29999 --detach -q'],
  [/^holdfast bundle/, 'rm run.holdfast'],
  [/^holdfast audit export/, 'rm -f trail.zip'],
  [/^holdfast verify trail/, 'rm -f trail.zip; holdfast audit export --out trail.zip -q'],
  [/^holdfast (reproduce|dispose) last/, 'holdfast run -q'],
  [/^holdfast show|^holdfast logs/, 'holdfast show last -w -q'],
  [/^holdfast identity replace .*--lost/, 'openssl genpkey -algorithm ed25519 -out new.pem'],
  [
    /^holdfast person erase 0c7e1a52/,
    'HOLDFAST_ACTOR=0c7e1a52-6b3f-4d0e-8f21-5a9d3c4e7b60 holdfast person name "Ada Lovelace"',
  ],
];

/** They wait for ctrl-c, or for a machine, a disk or a witness that is not ours; that commander reads them is tested with the table. `bench` runs beside its own code. */
const notRun = /^holdfast (up|bench)|\/mnt\/|research\.example|lab\.pub|\| source$/;
/** Exit status 4 says that something was found, which here is as it should be. */
const finds = /^holdfast (diff|drift|doctor|history|lock|reproduce)\b/;
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
  }, manyCommandsMs);
  afterAll(async () => {
    await system.close();
    somebody.remove();
  });

  it.each(ordered)('%s', async (example) => {
    if (python === undefined && needsPython.test(example)) return expect(example).toMatch(needsPython);
    const force = /init train\.py --set/.test(example) ? ' --force' : '';
    for (const [pattern, line] of before) if (pattern.test(example)) await worked(line);
    const said = await shell((await asTyped(example)) + force, folderOf(example));
    expect([said.stderr, said.status]).toEqual([
      said.stderr,
      finds.test(example) && said.status === 4 ? 4 : 0,
    ]);
  });
});
