import { pageOptions } from '../output/pages.js';
import type { Verb } from '../verb.js';

const reason = { flags: '--reason <text>', description: 'why, kept with it for ever', required: true };

export const driftRows: readonly Verb[] = [
  {
    usage: 'baseline list [blueprint]',
    summary: 'what runs are held against',
    byDefault: true,
    options: pageOptions,
    examples: ['holdfast baseline', 'holdfast baseline list penguins/species -o wide'],
    load: async () => (await import('./baseline.js')).list,
  },
  {
    usage: 'baseline accept <blueprint>',
    summary: 'accept results of completed runs, as a new baseline or a refreshed one',
    options: [
      { flags: '--metric <name>', description: 'the metric', required: true },
      {
        flags: '--runs <run>',
        description: 'a run; may be repeated, default: every completed one of the same key',
        many: true,
      },
      {
        flags: '--reference <run>',
        description: 'whose manifest suspects are told from; default: the newest',
      },
      { flags: '--channel <name>', description: 'default dev' },
      reason,
    ],
    examples: ['holdfast baseline accept penguins/species --metric accuracy --reason "reviewed by the team"'],
    load: async () => (await import('./baseline.js')).accept,
  },
  {
    usage: 'baseline show <id>',
    summary: 'one baseline and everything that was ever accepted for it',
    examples: ['holdfast baseline show penguins/species:accuracy'],
    load: async () => (await import('./baseline.js')).show,
  },
  {
    usage: 'baseline retire <id>',
    summary: 'hold no more runs against it',
    options: [reason],
    examples: [
      'holdfast baseline retire penguins/species:accuracy --reason "the metric is no longer measured"',
    ],
    load: async () => (await import('./baseline.js')).retire,
  },
  {
    usage: 'drift list',
    summary: 'what drifted from its baseline; exit status 4 when something did',
    byDefault: true,
    options: [
      { flags: '--run <run>', description: 'only of this run' },
      { flags: '--blueprint <name>', description: 'only of this blueprint' },
      ...pageOptions,
    ],
    examples: ['holdfast drift', 'holdfast drift list --run last -o wide'],
    load: async () => (await import('./drift.js')).list,
  },
  {
    usage: 'drift show <id>',
    summary: 'one drift: test, threshold, n, false alarms, suspects; exit status 4',
    examples: ['holdfast drift show 3f0e'],
    load: async () => (await import('./drift.js')).show,
  },
];
