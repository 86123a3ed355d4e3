// The main job, step by step, with the real command line: what it shows is what a user would see.
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inRoot } from '../scripts/toolchain.mjs';
import { openHoldfast } from './holdfast.mjs';

const bold = (text) => (process.stdout.isTTY && !process.env.NO_COLOR ? `\x1b[1m${text}\x1b[0m` : text);

const usual = inRoot('.holdfast', 'quickstart');
const placesIn = (folder) => ({ folder, project: join(folder, 'penguins'), home: join(folder, 'data') });

/** A copy of the example in a folder of its own: the checkout stays clean, and every time begins at the beginning. */
function layOut({ folder, project, home }, mayReplace) {
  if (!mayReplace && existsSync(folder)) throw new Error(`${folder} is there already; name a new folder`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  cpSync(inRoot('examples', 'penguins'), project, { recursive: true });
}

/** One digit of one measurement of the first bird: a byte that nobody would notice. */
function changeOneByte(project) {
  const path = join(project, 'data', 'penguins.csv');
  const bytes = readFileSync(path);
  const at = bytes.indexOf('39.1,');
  if (at < 0) throw new Error('the example’s first bird has changed: adapt infra/quickstart');
  bytes.write('38', at);
  writeFileSync(path, bytes);
}

/**
 * @param {string} folder for everything that comes of it
 * @param {{ env: object }} cluster that is there already, and how the command line finds it; absent: a server is started for it
 * @returns {Promise<number>} exit status
 */
export async function carryThrough(folder = usual, cluster) {
  const places = placesIn(folder);
  layOut(places, folder === usual || cluster !== undefined);
  try {
    return await tell(places, cluster);
  } finally {
    if (process.exitCode === 130) rmSync(folder, { recursive: true, force: true });
  }
}

async function tell({ folder, project, home }, cluster) {
  const startedAt = performance.now();
  const holdfast = openHoldfast({ home, project, env: cluster?.env });
  const edit = (path, from, to) => {
    const text = readFileSync(join(project, path), 'utf8');
    if (!text.includes(from)) throw new Error(`${path} no longer has ${from}: adapt infra/quickstart`);
    writeFileSync(join(project, path), text.replace(from, to));
  };
  let count = 0;
  const step = (headline) => console.log(`\n${bold(`${++count}. ${headline}`)}`);
  /** Runs one command as a user would and holds it to the exit status that the story needs. */
  const show = async (args, expected = 0) => {
    console.log(`\n$ holdfast ${args.map(quoted).join(' ')}`);
    const status = await holdfast.show(...args);
    // The command may have heard of ctrl-c before we did.
    if (status === 130) process.exitCode = 130;
    if (process.exitCode === 130) throw new Error('interrupted: the server has been stopped');
    if (status !== expected) throw new Error(`ended with status ${status}, expected ${expected}`);
    if (status === 4) console.log('(exit status 4: there is a difference)');
  };
  const short = ({ id }) => id.slice(0, 8);

  const stop = cluster ? () => {} : await up(holdfast);
  try {
    step('Declare: the data gets a version by its bytes, the lock pins everything the experiment names');
    await show(['dataset', 'add', 'palmer-penguins', 'data/penguins.csv', '--reason', 'first look']);
    await show(['lock']);

    step(
      'Run: three steps, the middle one in five folds, each a process of its own that sees only what is declared',
    );
    await show(['run', '--reason', 'do four measurements tell three species apart?']);

    step('Sweep: how much shrinkage is best?');
    await show(['sweep', 'holdfast.yaml', 'l2=0.0001,0.001,0.01,0.1', '--reason', 'how much shrinkage?']);
    const [best] = await holdfast.ask('runs', 'completed', '--sort', 'metrics.log_loss', '--limit', '1');

    step('Reproduce the best run: every output of every step, byte for byte');
    await show(['reproduce', short(best), '--reason', 'is it repeatable?']);
    await show([
      'baseline',
      'accept',
      'penguins/species',
      '--metric',
      'log_loss',
      '--runs',
      short(best),
      '--reason',
      'the best of the sweep',
    ]);

    step('Change one byte of the data: who did it is computed, not guessed');
    changeOneByte(project);
    await show(['dataset', 'add', 'palmer-penguins', 'data/penguins.csv', '--reason', 'somebody touched it']);
    edit('holdfast.yaml', 'palmer-penguins@1', 'palmer-penguins@2');
    edit('holdfast.yaml', 'l2: 0.001', `l2: ${best.knobs.l2}`);
    await show(['lock']);
    await show(['run', '--reason', 'the same, on the data as it is now']);
    await show(['diff', short(best), 'last'], 4);

    step('Change one knob: named as well');
    edit('holdfast.yaml', 'palmer-penguins@2', 'palmer-penguins@1');
    await show(['lock']);
    await show(['run', '--set', 'learningRate=0.2', '--reason', 'faster?']);
    await show(['diff', short(best), 'last'], 4);
    await show(['drift', 'list'], 4);

    step('Take it with you: a sealed bundle, checked offline by its digests alone');
    await show(['bundle', short(best), '--out', 'best.zip', '--with-data', '-y']);
    await show(['verify', 'best.zip']);
    await show(['why', short(best)]);
  } finally {
    await stop();
  }
  appendFileSync(join(folder, 'README'), 'Made by `npm run quickstart`; may be deleted.\n');
  if (cluster) console.log(`\n${bold(`Done in ${seconds(performance.now() - startedAt)}.`)}`);
  else sayWhatNext(relative(inRoot(), folder), performance.now() - startedAt);
  return 0;
}

async function up(holdfast) {
  console.log('\n$ holdfast up &');
  const { address, stop } = await holdfast.up();
  console.log(address);
  return stop;
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

const quoted = (arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg}'`);

function sayWhatNext(place, tookMs) {
  console.log(`
${bold(`Done in ${seconds(tookMs)}.`)} Everything lies in ${place}, the checkout is as it was. What to try next:

  cd ${place}/penguins && export HOLDFAST_DATA_DIR=../data
  npx holdfast runs                         every run, with its verdict
  npx holdfast history last                 each event of the last one: who, what, when, why
  npx holdfast show last                    steps, folds, outputs, environment

Your own script, in its folder, is two commands and no edit; \`npm install --global .\` in this checkout puts holdfast on the PATH:

  holdfast init train.py && holdfast run
`);
}
