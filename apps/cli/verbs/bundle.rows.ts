import type { Verb } from '../verb.js';

export const bundleRows: readonly Verb[] = [
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
