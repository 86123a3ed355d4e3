import { noCache, type Verb } from '../verb.js';

export const offlineRows: readonly Verb[] = [
  {
    usage: 'init [script]',
    summary: 'write a first experiment beside a script, or for the one of a folder; reads it, never runs it',
    options: [
      { flags: '--set <name=value>', description: 'value of a flag that has no default', many: true },
      { flags: '--force', description: 'write over files that are there' },
    ],
    examples: ['holdfast init train.py', 'holdfast init', 'holdfast init train.py --set data=points.csv'],
    load: async () => (await import('./init.js')).init,
  },
  {
    usage: 'lock [file]',
    summary: 'pin everything that a blueprint names by digest, and show what moved; default holdfast.yaml',
    options: [
      { flags: '--check', description: 'write nothing; exit status 4 when the lock would change' },
      noCache,
    ],
    examples: ['holdfast lock', 'holdfast lock --check', 'holdfast lock experiments/wide.yaml -o json'],
    load: async () => (await import('./lock.js')).lock,
  },
  {
    usage: 'check [files...]',
    summary: 'check declarations offline: blueprints, knobs, environments, locks; default holdfast.yaml',
    examples: ['holdfast check', 'holdfast check holdfast.yaml catalogue/*.yaml'],
    load: async () => (await import('./check.js')).check,
  },
  {
    usage: 'schema [name]',
    summary: 'print a JSON Schema, for editors; without a name, list them',
    examples: ['holdfast schema', 'holdfast schema blueprint > holdfast.schema.json'],
    load: async () => (await import('./schema.js')).schema,
  },
];
