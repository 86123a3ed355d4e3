import { keyOption } from '../command-key.js';
import { pageOptions } from '../output/pages.js';
import { noCache, type Verb } from '../verb.js';

export const runsRows: readonly Verb[] = [
  {
    usage: 'run [what]',
    summary:
      'run a blueprint (FILE, folder or NAME of a declared one; default holdfast.yaml) and show the verdict',
    options: [
      { flags: '--set <knob=value>', description: 'value of a knob, or seed=N; may be repeated', many: true },
      { flags: '--reason <text>', description: 'why; kept with the run' },
      { flags: '--detach', description: 'print the id and leave the run to the server' },
      {
        flags: '--frozen',
        description: 'never write a lock; refuse when it is missing (also when CI is set)',
      },
      noCache,
      { flags: '--priority <n>', description: '−100 to 100, higher first; default 0' },
      keyOption,
      { flags: '--pool <name>', description: "pool of executors; default: the blueprint's" },
      { flags: '--dry-run', description: 'say what would be declared and whether it would be admitted' },
      { flags: '-v, --logs', description: 'show what the steps write, as they write it' },
    ],
    examples: [
      'holdfast run',
      'holdfast run holdfast.yaml --set learningRate=0.05 --reason "smaller steps"',
      'holdfast run penguins/species@2 --detach',
    ],
    load: async () => (await import('./run.js')).run,
  },
  {
    usage: 'runs [filters...]',
    summary: 'list runs, newest first; filters: a status, NAME, blueprint=NAME, sweep=ID, key=sha256:…',
    options: [
      { flags: '--sort <field>', description: 'submitted_at or metrics.NAME; - before it: largest first' },
      { flags: '-w, --watch', description: 'again whenever one has changed, until ctrl-c' },
      ...pageOptions,
    ],
    examples: [
      'holdfast runs',
      'holdfast runs completed penguins/species --sort -metrics.accuracy --limit 10',
      'holdfast runs failed -o jsonl',
    ],
    load: async () => (await import('./runs.js')).runs,
  },
  {
    usage: 'show <run>',
    summary: 'a run in full: metrics, steps, outputs, attempts, failure; or one output of it',
    options: [
      { flags: '--output <name>', description: 'print one output: NAME, PATH, STEP.NAME or STEP[FOLD].NAME' },
      { flags: '--into <path>', description: 'write that output there; for outputs that are folders' },
      { flags: '-w, --watch', description: 'follow it to its end first' },
    ],
    examples: [
      'holdfast show last',
      'holdfast show 3f0e -o json',
      'holdfast show last --output report > report.html',
    ],
    load: async () => (await import('./show.js')).show,
  },
  {
    usage: 'logs <run>',
    summary: 'what the steps of a run wrote; one channel of one step into a pipe is byte for byte',
    options: [
      { flags: '-f, --follow', description: 'go on while the run goes on' },
      { flags: '--step <name>', description: 'of this step only' },
      { flags: '--fold <k>', description: 'of this fold only' },
      { flags: '--stdout', description: 'only stdout' },
      { flags: '--stderr', description: 'only stderr' },
    ],
    examples: [
      'holdfast logs last',
      'holdfast logs last -f',
      'holdfast logs 3f0e --step train --fold 0 --stderr',
    ],
    load: async () => (await import('./logs.js')).logs,
  },
  {
    usage: 'cancel <run>',
    summary: 'end a run, at whatever stage it is',
    options: [{ flags: '--reason <text>', description: 'why, kept with it for ever', required: true }],
    examples: ['holdfast cancel last --reason "wrong data"'],
    load: async () => (await import('./cancel.js')).cancel,
  },
  {
    usage: 'blueprint list',
    summary: 'declared blueprints, every version, newest first',
    options: pageOptions,
    examples: ['holdfast blueprint list', 'holdfast blueprint list -n penguins -o json'],
    load: async () => (await import('./blueprint.js')).list,
  },
  {
    usage: 'blueprint show <name>',
    summary: 'one version: what was written and what it was pinned to; NAME is the newest',
    examples: [
      'holdfast blueprint show penguins/species',
      'holdfast blueprint show penguins/species@2 -o yaml',
    ],
    load: async () => (await import('./blueprint.js')).show,
  },
];
