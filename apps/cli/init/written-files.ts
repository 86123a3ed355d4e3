import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { blueprintText } from './blueprint-text.js';
import type { Detection } from './detection.js';

export interface WrittenFile {
  /** Beside the script, `/` between names. */
  readonly path: string;
  readonly text: string;
}

const asset = (name: string): string => readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');

/** Everything that `holdfast init` writes beside a script, the blueprint first. */
export function filesOf(detection: Detection): WrittenFile[] {
  const adapter = detection.language === 'python' ? 'holdfast_step.py' : 'holdfast-step.mjs';
  const { venv, knobs } = detection;
  return [
    { path: 'holdfast.yaml', text: blueprintText(detection) },
    { path: 'holdfast.step.json', text: `${JSON.stringify(tableOf(detection), null, 2)}\n` },
    { path: adapter, text: asset(adapter) },
    { path: '.holdfastignore', text: ignoreText(detection) },
    ...knobs.map((knob) => ({ path: `catalogue/${knob.knob}.yaml`, text: stringify(knob) })),
    ...(venv?.lockText === undefined ? [] : [{ path: venv.lock, text: venv.lockText }]),
  ];
}

const tableOf = ({ script, flags, constants, data, outputs, folders, seed, metrics }: Detection) => ({
  script,
  flags,
  constants,
  reads: Object.fromEntries(data.map(({ path, name }) => [path, name])),
  writes: Object.fromEntries(outputs.map(({ written, path }) => [written, path])),
  folders,
  seed: seed === null ? null : { knob: seed },
  metrics: metrics.map(({ name }) => name),
});

function ignoreText({ language, venv, data, outputs, packages }: Detection): string {
  const python = [`${venv?.path ?? '.venv'}/`, '__pycache__/', '*.pyc'];
  // Installed packages are code when the script imports them: an environment of Node is Node alone.
  const node = packages.length === 0 ? ['node_modules/'] : ['!node_modules/'];
  const tools = language === 'python' ? python : node;
  return [
    '# What is not code. One a line: name/ for folders, *.ext, or a path.',
    ...['.git/', '.holdfast/', 'inputs/', 'outputs/', 'params.json', ...tools],
    '# What declares the experiment is recorded apart from its code.',
    ...['holdfast.yaml', 'holdfast.lock', '.holdfastignore', 'catalogue/'],
    '# Data is recorded as data, results are results.',
    ...data.map(({ path, format }) => (format === 'tree' ? `${path}/` : path)),
    ...outputs.map(({ written }) => written),
    '',
  ].join('\n');
}
