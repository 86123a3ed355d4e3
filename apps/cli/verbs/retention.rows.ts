import { pageOptions } from '../output/pages.js';
import type { Verb } from '../verb.js';

const reason = { flags: '--reason <text>', description: 'why, kept with it for ever' };
const of = {
  ...{ flags: '--of <kind>', many: true as const },
  description: 'outputs, logs, core or data; again for several',
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
        description: 'after the end of a run, such as 30d, or for-ever; whole days, rounded up',
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
    summary: 'put a run, blueprint:NAME or namespace:NAME in a class; the nearest decides',
    options: [{ ...reason, required: true }],
    examples: ['holdfast retention assign last for-ever --reason "the paper is about it"'],
    load: async () => (await import('./retention.js')).assign,
  },
  {
    usage: 'retention show <run>',
    summary: 'until when a run is kept, what holds it, and what of it was disposed of',
    examples: ['holdfast retention show last', 'holdfast retention show last -o json'],
    load: async () => (await import('./retention.js')).showRun,
  },
  {
    usage: 'dispose <run>',
    summary: 'delete bytes of a run for good and leave a tombstone; never what is held',
    options: [
      { flags: '--authority <text>', description: 'by whose order; default: that of its class' },
      reason,
      { ...of, description: `${of.description}; default: what its class says` },
      { flags: '--dry-run', description: 'say what would go' },
      { flags: '--before-time', description: 'although the time of its class is not over; it is recorded' },
    ],
    examples: [
      'holdfast dispose last --before-time --authority "request 2026-14" --reason "asked for by the owner" --dry-run',
    ],
    load: async () => (await import('./retention.js')).dispose,
  },
];
