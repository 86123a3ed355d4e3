import type { Verb } from '../verb.js';

export const bundleRows: readonly Verb[] = [
  {
    usage: 'verify <file>',
    summary: 'check a bundle offline, trusting nothing: every digest, and that its parts agree',
    options: [{ flags: '--key <file>', description: 'public key that it must be signed with' }],
    examples: ['holdfast verify run.holdfast', 'holdfast verify run.holdfast -o json'],
    load: async () => (await import('./verify.js')).verify,
  },
];
