import { keyOption } from '../command-key.js';
import { pageOptions } from '../output/pages.js';
import { noCache, type Verb } from '../verb.js';

const by = {
  flags: '--by <metric>',
  description: 'metric that says which member is best; default: the first of the blueprint',
};

export const sweepsRows: readonly Verb[] = [
  {
    usage: 'sweep <what> [axes...]',
    summary: 'run a blueprint over a space of knobs; shows every member, best first',
    options: [
      {
        flags: '--trials <n>',
        description: 'draws for random(a,b) and sobol(a,b), at each point of the grid',
      },
      { flags: '--print-trials', description: 'print the members that would be run, and record nothing' },
      { flags: '--detach', description: 'print the id and leave the sweep to the server' },
      { flags: '--reason <text>', description: 'why; kept with the sweep and every member' },
      by,
      { flags: '--priority <n>', description: '−100 to 100, higher first; default 0' },
      keyOption,
      { flags: '--pool <name>', description: "pool of executors; default: the blueprint's" },
      {
        flags: '--frozen',
        description: 'never write a lock; refuse when it is missing (also when CI is set)',
      },
      noCache,
    ],
    examples: [
      'holdfast sweep holdfast.yaml learningRate=0.01,0.1 "epochs=range(100,400,100)"',
      'holdfast sweep penguins/species "learningRate=random(1e-4,1,log)" --trials 20 --print-trials',
    ],
    load: async () => (await import('./sweep.js')).sweep,
  },
  {
    usage: 'sweeps show [sweep]',
    summary: 'one sweep: how far it is, and its members, best first; without one, all of them',
    byDefault: true,
    options: [{ flags: '-w, --watch', description: 'follow it to its end first' }, by, ...pageOptions],
    examples: [
      'holdfast sweeps',
      'holdfast sweeps last --watch',
      'holdfast sweeps 3f0e --by accuracy -o json',
    ],
    load: async () => (await import('./sweeps.js')).show,
  },
  {
    usage: 'sweeps cancel <sweep>',
    summary: 'submit no further members, and cancel those that are open',
    options: [{ flags: '--reason <text>', description: 'why, kept with it for ever', required: true }],
    examples: ['holdfast sweeps cancel last --reason "the first members tell enough"'],
    load: async () => (await import('./sweeps.js')).cancel,
  },
];
