import type { Verb } from '../verb.js';

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
      { flags: '--priority <n>', description: '−100 to 100, higher first; default 0' },
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
];
