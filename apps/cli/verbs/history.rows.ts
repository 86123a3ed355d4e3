import type { Verb } from '../verb.js';

export const historyRows: readonly Verb[] = [
  {
    usage: 'history [subject]',
    summary: 'every event of a run, stream or name, or of everything: who, what, when, why',
    options: [
      { flags: '--as-of <time|index>', description: 'what was known then; a time without a zone is UTC' },
      { flags: '--type <type>', description: 'only events of this type; may be repeated', many: true },
      {
        flags: '--actor <who>',
        description: 'only what this actor did: an id or its beginning, or a person’s whole name',
      },
      { flags: '--from <time|index>', description: 'only what was recorded then or later' },
      {
        flags: '--to <time|index>',
        description: 'only what was recorded before that time, or up to that index',
      },
      { flags: '--after <index>', description: 'only what came after this index' },
      { flags: '--limit <count>', description: 'at most so many' },
      { flags: '--data', description: 'show what each event holds as well' },
      { flags: '--state', description: 'fold the events into the state that they add up to' },
      {
        flags: '--diff <time|index>',
        description: 'what had changed of the state by then since --as-of; alone: what has since then',
      },
      { flags: '-w, --watch', description: 'go on with new events until ctrl-c' },
    ],
    examples: [
      'holdfast history last',
      'holdfast history knob:l2 --as-of 2026-11-26T13:00Z --state',
      'holdfast history last --as-of 12 --diff 40',
      'holdfast history --type RunFailed --type StepFailed -o jsonl',
    ],
    load: async () => (await import('./history.js')).history,
  },
  {
    usage: 'why <subject>',
    summary: 'from what is there back along its causes to the reason a person gave',
    examples: ['holdfast why last', 'holdfast why knob:l2'],
    load: async () => (await import('./why.js')).why,
  },
  {
    usage: 'diff <a> <b>',
    summary: 'how two runs differ, the likeliest cause first; exit status 4 when they do',
    examples: ['holdfast diff 3f0e last', 'holdfast diff 3f0e 81aa -o json'],
    load: async () => (await import('./diff.js')).diff,
  },
];
