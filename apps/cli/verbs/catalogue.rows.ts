import { pageOptions } from '../output/pages.js';
import { noCache, type Verb } from '../verb.js';

const reason = { flags: '--reason <text>', description: 'why, kept with it for ever' };
const needed = { ...reason, required: true };

export const catalogueRows: readonly Verb[] = [
  {
    usage: 'dataset list',
    summary: 'the versions there are',
    byDefault: true,
    options: pageOptions,
    examples: ['holdfast dataset', 'holdfast dataset list -o wide'],
    load: async () => (await import('./dataset.js')).list,
  },
  {
    usage: 'dataset add <name> <path>',
    summary: 'upload a file or a folder as a version; the same bytes again are the same version',
    options: [
      { flags: '--as <format>', description: 'csv, file or tree; default: by what is there' },
      { flags: '--description <text>', description: 'what it is' },
      { flags: '--license <text>', description: 'under which terms, such as CC0-1.0' },
      { flags: '--origin <text>', description: 'where it came from; never used to find it' },
      {
        flags: '--parent <name@number>',
        description: 'version it was made from; may be repeated',
        many: true,
      },
      noCache,
      {
        flags: '--retention <class>',
        description: 'how long its versions are kept, see `retention list`; default: its namespace’s',
      },
      { flags: '--transformation <text>', description: 'how it was made from them' },
      reason,
    ],
    examples: ['holdfast dataset add palmer-penguins penguins.csv --license CC0-1.0 --reason "first import"'],
    load: async () => (await import('./dataset.js')).add,
  },
  {
    usage: 'dataset show <ref>',
    summary: 'one version: digest, columns, profile, lineage',
    examples: ['holdfast dataset show palmer-penguins', 'holdfast dataset show palmer-penguins@1 -o json'],
    load: async () => (await import('./dataset.js')).show,
  },
  {
    usage: 'knob list',
    summary: 'the knobs that blueprints may set',
    byDefault: true,
    options: pageOptions,
    examples: ['holdfast knob', 'holdfast knob list -o wide'],
    load: async () => (await import('./knob.js')).list,
  },
  {
    usage: 'knob declare <files...>',
    summary: 'declare knobs or revise them, one in each file',
    options: [reason],
    examples: ['holdfast knob declare catalogue/l2.yaml --reason "wider range for the sweep"'],
    load: async () => (await import('./knob.js')).declare,
  },
  {
    usage: 'knob retire <name>',
    summary: 'let no new blueprint set it',
    options: [needed],
    examples: ['holdfast knob retire l2 --reason "replaced by weightDecay"'],
    load: async () => (await import('./knob.js')).retire,
  },
  {
    usage: 'environment list',
    summary: 'what steps can execute in, by digest',
    byDefault: true,
    options: pageOptions,
    examples: ['holdfast environment', 'holdfast environment list -o json'],
    load: async () => (await import('./environment.js')).list,
  },
  {
    usage: 'environment register [file]',
    summary: 'register an environment from its declaration, or a Python one of this machine',
    options: [
      { flags: '--python <venv>', description: 'folder of a virtual environment' },
      { flags: '--lock <file>', description: 'its lock file, such as requirements.txt' },
      { flags: '--name <name>', description: 'what to call it' },
      reason,
    ],
    examples: [
      'holdfast environment register image.yaml --reason "security update"',
      'holdfast environment register --python .venv --lock requirements.txt --name species-python',
    ],
    load: async () => (await import('./environment.js')).register,
  },
];
