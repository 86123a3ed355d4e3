import type { Verb } from '../verb.js';

export const serverRows: readonly Verb[] = [
  {
    usage: 'up',
    summary: 'run the embedded server in the foreground, until ctrl-c; prints its address when ready',
    options: [{ flags: '--port <port>', description: 'port to listen on; default: a free one' }],
    examples: ['holdfast up', 'holdfast up --data-dir ./holdfast-data --port 7400'],
    load: async () => (await import('./up.js')).up,
  },
  {
    usage: 'completion <shell>',
    summary: 'print a completion script for bash, zsh or fish',
    examples: [
      'source <(holdfast completion bash)',
      'holdfast completion zsh > ~/.zfunc/_holdfast',
      'holdfast completion fish | source',
    ],
    load: async () => (await import('./completion.js')).completion,
  },
];
