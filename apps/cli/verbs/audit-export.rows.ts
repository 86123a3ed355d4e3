import type { Verb } from '../verb.js';

export const auditExportRows: readonly Verb[] = [
  {
    usage: 'audit export',
    summary: 'the audit trail as one signed file, with proofs that nothing inside its range was left out',
    options: [
      { flags: '--out <file>', description: 'where to write it; asks before it overwrites', required: true },
      { flags: '--from <time|index>', description: 'recorded then or later; a time without a zone is UTC' },
      { flags: '--to <time|index>', description: 'recorded before that time, or up to that index' },
      {
        flags: '--actor <who>',
        description: 'only what this actor did: an id or its beginning, or a person’s whole name',
      },
      { flags: '--type <type>', description: 'only events of this type; may be repeated', many: true },
      {
        flags: '--run <run>',
        description: 'only of this run, its bundle and its drift; may be repeated',
        many: true,
      },
      {
        flags: '--blueprint <name>',
        description: 'only of this blueprint and all of its runs; may be repeated',
        many: true,
      },
      { flags: '--study <name>', description: 'what these runs and blueprints are called together' },
      { flags: '--formats <list>', description: 'jsonl, csv, html; default all, and JSON Lines always' },
      { flags: '--reason <text>', description: 'why, kept with the record that it was taken' },
      {
        flags: '--named',
        description:
          'with the names of people and what they said, opened, beside what is signed; needs --reason',
      },
    ],
    examples: [
      'holdfast audit export --out trail.zip',
      'holdfast audit export --from 2026-10-01 --to 2026-11-01 --reason "inspection of October" --out october.zip',
      'holdfast audit export --blueprint penguins/species --study "do beaks matter" --formats csv --out beaks.zip',
    ],
    load: async () => (await import('./audit-export.js')).auditExport,
  },
];
