import type { Verb } from '../verb.js';

export const bundleRows: readonly Verb[] = [
  {
    usage: 'reproduce <run|bundle>',
    summary: 'run it again and compare: identical, equivalent (0), diverged (4) or not run (3)',
    options: [
      { flags: '--reason <text>', description: 'why, kept with it for ever' },
      {
        flags: '--data <name=path>',
        description: 'where data is that a bundle names and does not carry',
        many: true,
      },
      { flags: '--detach', description: 'do not wait for the verdict' },
    ],
    examples: [
      'holdfast reproduce last',
      'holdfast reproduce run.holdfast --data penguins=./penguins.csv --reason "review of the paper"',
    ],
    load: async () => (await import('./reproduce.js')).reproduce,
  },
  {
    usage: 'bundle <run>',
    summary: 'export the sealed bundle of a run as one file',
    options: [
      { flags: '--out <file>', description: 'where to write it; asks before it overwrites', required: true },
      { flags: '--with-data', description: 'the data that the run read as well' },
    ],
    examples: [
      'holdfast bundle last --out run.holdfast',
      'holdfast bundle 3f0e --out run.holdfast --with-data',
    ],
    load: async () => (await import('./bundle.js')).bundle,
  },
  {
    usage: 'verify <file>',
    summary: 'check a bundle offline, trusting nothing: every digest, and that its parts agree',
    options: [{ flags: '--key <file>', description: 'public key that it must be signed with' }],
    examples: ['holdfast verify run.holdfast', 'holdfast verify run.holdfast -o json'],
    load: async () => (await import('./verify.js')).verify,
  },
];
