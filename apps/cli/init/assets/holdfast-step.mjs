// Lets an unedited script be a step of a Holdfast experiment. Written by `holdfast init`; needs nothing but Node.
//
// holdfast.step.json says what to do: which flags and constants the knobs set, which files the script reads and writes, which
// numbers it prints are metrics. Your script is never changed: a copy of it runs in a folder of its own.
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

function stop(message) {
  console.error(`holdfast-step: ${message}`);
  process.exit(78);
}

/** Files below a folder, `/` between names, sorted. */
const filesUnder = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder === '.' ? 0 : folder.length + 1))
    .sort();

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, readFileSync(from));
}

function setConstant(script, name, { line, was }, value) {
  const lines = readFileSync(script, 'utf8').split('\n');
  const found = lines[line - 1] ?? '';
  const head = new RegExp(
    `^(?:export\\s+)?(?:const|let|var)\\s+${name.replaceAll('$', '\\$')}\\s*(?::[^=]*)?=\\s*`,
  ).exec(found);
  if (!head || !found.slice(head[0].length).startsWith(was))
    stop(`line ${line} of the script is no longer \`${name} = ${was}\`; run \`holdfast init\` again`);
  lines[line - 1] = head[0] + JSON.stringify(value) + found.slice(head[0].length + was.length);
  writeFileSync(script, lines.join('\n'));
}

const argumentsOf = (flags, knobs) =>
  Object.entries(flags).flatMap(([name, [flag, style]]) => {
    const value = knobs[name];
    if (style === 'value') return flag.startsWith('--') ? [`${flag}=${value}`] : [flag, String(value)];
    if (style === 'either') return [value ? flag : flag.replace('--', '--no-')];
    return (style === 'present') === Boolean(value) ? [flag] : [];
  });

/** Runs the script; a line such as `accuracy: 0.93` is a point when the table names it. */
async function run(command, work, metrics) {
  const seen = new Map();
  const names = [...metrics].sort((a, b) => b.length - a.length).map((name) => name.replace(/[.]/g, '\\.'));
  const point = new RegExp(
    `(?<![\\w./-])(${names.join('|')})\\s*[:=]\\s*([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?)(?![\\w.])`,
    'g',
  );
  const child = spawn(process.execPath, command, { cwd: work, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal])),
  );
  child.stdout.pipe(process.stdout, { end: false });
  for await (const line of createInterface({ input: child.stdout }))
    for (const [, name, value] of metrics.length > 0 ? line.matchAll(point) : []) {
      seen.set(name, (seen.get(name) ?? -1) + 1);
      appendFileSync(
        process.env.HOLDFAST_METRICS,
        `${JSON.stringify({ name, value: Number(value), step: seen.get(name) })}\n`,
      );
    }
  return ended;
}

const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const table = read('holdfast.step.json');
const { knobs } = read('params.json');
const work = join(mkdtempSync(join(tmpdir(), 'step-')), 'work');
mkdirSync(work);
for (const path of filesUnder('.'))
  if (!/^(?:inputs\/|outputs\/|params\.json$)/.test(path)) copy(path, join(work, path));
for (const [path, name] of Object.entries(table.reads)) {
  mkdirSync(dirname(join(work, path)), { recursive: true });
  cpSync(join('inputs', name), join(work, path), { recursive: true });
  for (const file of filesUnder(work)) chmodSync(join(work, file), 0o644);
}
for (const folder of table.folders) mkdirSync(join(work, folder), { recursive: true });
const values = table.seed ? { ...knobs, [table.seed.knob]: Number(process.env.HOLDFAST_SEED) } : knobs;
for (const [name, place] of Object.entries(table.constants))
  setConstant(join(work, table.script), name, place, values[name]);
const before = new Set(filesUnder(work));
const status = await run([table.script, ...argumentsOf(table.flags, values)], work, table.metrics);
for (const path of filesUnder(work))
  if (path in table.writes || !before.has(path))
    copy(join(work, path), join('outputs', table.writes[path] ?? path));
process.exitCode = status;
