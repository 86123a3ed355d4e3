import type { Detection } from './detection.js';

const quoted = (text: string): string => JSON.stringify(text);

/** A blueprint as a person would write it, each guess with the reason for it. */
export function blueprintText(detection: Detection): string {
  const { script, language, data, knobs, outputs, metrics, seed, notes, venv } = detection;
  const run = language === 'python' ? '[python, holdfast_step.py]' : '[node, holdfast-step.mjs]';
  const lines = [
    `# Written by \`holdfast init ${script}\`. Everything here is a guess from reading the script: change what is wrong.`,
    ...notes.map(({ line, text }) => `# ${line > 0 ? `${script}:${line}: ` : ''}${text}`),
    `blueprint: default/${slugOf(script)}`,
    `why: ${quoted(`First run of ${script}: say here what you want to find out.`)}`,
    'code: { path: . }  # without what .holdfastignore names',
    venv
      ? `environment: { host: { python: ${quoted(venv.path)}, lock: ${quoted(venv.lock)} } }  # interpreter and packages, by digest`
      : 'environment: node-26',
    ...group('data', data, ({ name, path, format }) => {
      return `${name}: { path: ${quoted(path)}${format === 'csv' ? '' : `, format: ${format}`} }  # the script reads it`;
    }),
    ...group('knobs', knobs, ({ knob, default: value, description }) => {
      return `${knob}: ${JSON.stringify(value)}  # ${description}`;
    }),
    seed === null
      ? 'seed: 20260101'
      : `seed: 20260101  # each step gets its own, derived from this; the script takes it as ${seed}`,
    'steps:',
    '  main:',
    `    run: ${run}  # runs ${script} as holdfast.step.json says`,
    ...indented(group('in', data, ({ name }) => `${name}: data.${name}`)),
    ...indented(
      group('out', outputs, ({ name, path, written }) => {
        return `${name}: ${quoted(path)}  # the script writes ${written}`;
      }),
    ),
    ...group('metrics', metrics, ({ name, goal }) => `${name}: { goal: ${goal} }  # the script prints it`),
  ];
  return `${lines.join('\n')}\n`;
}

function group<T>(name: string, entries: readonly T[], line: (entry: T) => string): string[] {
  return entries.length === 0 ? [] : [`${name}:`, ...entries.map((entry) => `  ${line(entry)}`)];
}

const indented = (lines: readonly string[]) => lines.map((line) => `    ${line}`);

/** A name for a blueprint from that of a file. */
function slugOf(script: string): string {
  const words = script
    .replace(/\.[^.]*$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
  const clean = words
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 60);
  return clean.replace(/-+$/, '') || 'script';
}
