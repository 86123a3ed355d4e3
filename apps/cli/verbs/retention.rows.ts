import { pageOptions } from '../output/pages.js';
import type { Verb } from '../verb.js';

const reason = { flags: '--reason <text>', description: 'why, kept with it for ever' };
const of = {
  ...{ flags: '--of <kind>', many: true as const },
  description: 'outputs, logs, core or data, which datasets are; again for several',
};

export const retentionRows: readonly Verb[] = [
  {
    usage: 'retention list [class]',
    summary: 'how long bytes are kept: the classes, and what was put in which',
    byDefault: true,
    options: [...pageOptions],
    examples: ['holdfast retention list', 'holdfast retention list for-ever -o json'],
    load: async () => (await import('./retention.js')).list,
  },
  {
    usage: 'retention declare <class>',
    summary: 'make a retention class, or lengthen or shorten it',
    options: [
      {
        ...{ flags: '--keep <time>', required: true },
        description:
          'after the end of a run or the adding of a dataset, such as 30d, or for-ever; whole days, rounded up',
      },
      { ...of, description: `${of.description}; default: all` },
      {
        flags: '--authority <text>',
        description: 'what it rests on, such as a policy; name nobody',
        required: true,
      },
      { ...reason, required: true },
    ],
    examples: [
      'holdfast retention declare short --keep 30d --of outputs --of logs --authority "policy R-7" --reason "room"',
      'holdfast retention declare long --keep for-ever --authority "policy R-7" --reason "for the regulator"',
    ],
    load: async () => (await import('./retention.js')).declare,
  },
  {
    usage: 'retention assign <subject> <class>',
    summary: 'put a run, blueprint:NAME, dataset:NAME or namespace:NAME in a class; the nearest decides',
    options: [{ ...reason, required: true }],
    examples: [
      'holdfast retention assign last for-ever --reason "the paper is about it"',
      'holdfast retention assign dataset:palmer-penguins short --reason "asked for by the owner"',
    ],
    load: async () => (await import('./retention.js')).assign,
  },
  {
    usage: 'retention show <subject>',
    summary: 'until when a run or dataset:NAME@NUMBER is kept, what holds it, and what of it was disposed of',
    examples: ['holdfast retention show last', 'holdfast retention show dataset:palmer-penguins@1'],
    load: async () => (await import('./retention.js')).showOf,
  },
  {
    usage: 'dispose <subject>',
    summary:
      'delete bytes of a run or of dataset:NAME@NUMBER for good and leave a tombstone; never what is held or still read',
    options: [
      { flags: '--authority <text>', description: 'by whose order; default: that of its class' },
      reason,
      { ...of, description: `${of.description}; default: what its class says` },
      { flags: '--dry-run', description: 'say what would go' },
      { flags: '--before-time', description: 'although its class keeps it; it is recorded' },
    ],
    examples: [
      'holdfast dispose last --before-time --authority "request 2026-14" --reason "asked for by the owner" --dry-run',
    ],
    load: async () => (await import('./retention.js')).dispose,
  },
];
