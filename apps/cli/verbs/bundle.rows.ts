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
      {
        flags: '--environment <path>',
        description:
          'where the environment is that it names and does not carry: a Node executable, or a venv',
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
      {
        flags: '--with-environment',
        description:
          'what its steps ran in as well: Node, or the packages of a Python; refused where that is an image',
      },
      { flags: '--without-proofs', description: 'do not ask the audit log for proofs that it holds the run' },
      {
        flags: '--named',
        description: 'with the names of people and what they said, opened, beside the core; that is recorded',
      },
      { flags: '--reason <text>', description: 'why with names; kept with the record' },
    ],
    examples: [
      'holdfast bundle last --out run.holdfast',
      'holdfast bundle 3f0e --out run.holdfast --with-data',
      'holdfast bundle last --out run.holdfast --named --reason "asked for by the ethics board"',
    ],
    load: async () => (await import('./bundle.js')).bundle,
  },
  {
    usage: 'verify <file>',
    summary:
      'check a bundle or an export offline, trusting nothing but the given keys: digests, signatures, log proofs, agreement',
    options: [
      {
        flags: '--key <key>',
        description: 'public key that it must be signed with: a verifier key, or a file (PEM too)',
        many: true,
      },
      { flags: '--witness <key>', description: 'public key of a witness of the log', many: true },
      { flags: '--witnesses <n>', description: 'how many of the witnesses must have cosigned' },
    ],
    examples: [
      'holdfast verify run.holdfast',
      'holdfast verify run.holdfast --key holdfast.pub -o json',
      'holdfast verify trail.zip --key holdfast.pub',
    ],
    load: async () => (await import('./verify.js')).verify,
  },
];
