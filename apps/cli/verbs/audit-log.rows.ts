import type { Verb, VerbOption } from '../verb.js';

const keyOption: VerbOption = {
  flags: '--key <key>',
  description:
    'public key of the log: a verifier key, or a file (PEM too); default: the one that was seen first',
  many: true,
};
const witnessOptions: readonly VerbOption[] = [
  {
    flags: '--witness <key>',
    description: 'public key of a witness, the same way; may be repeated',
    many: true,
  },
  { flags: '--witnesses <n>', description: 'how many of them must have cosigned' },
];

export const auditLogRows: readonly Verb[] = [
  {
    usage: 'audit checkpoint',
    summary:
      'the signed state of the audit log, held against the last one seen; exit status 5 when it was rolled back or forked',
    options: [keyOption, ...witnessOptions],
    examples: ['holdfast audit checkpoint', 'holdfast audit checkpoint --key holdfast.pub > log.checkpoint'],
    load: async () => (await import('./audit-checkpoint.js')).auditCheckpoint,
  },
  {
    usage: 'audit key',
    summary:
      'the public key that the log, attestations and exports are signed with; hand it to whoever verifies',
    options: [{ flags: '--pem', description: 'as PEM, for other tools' }],
    examples: ['holdfast audit key > holdfast.pub', 'holdfast audit key --pem > holdfast.pem'],
    load: async () => (await import('./audit-key.js')).auditKey,
  },
  {
    usage: 'audit prove [subject]',
    summary: 'proofs that the log holds an event, or all events of a run, each verified before it is shown',
    options: [
      keyOption,
      ...witnessOptions,
      { flags: '--type <type>', description: 'only events of this type; may be repeated', many: true },
      { flags: '--index <n>', description: 'the entry at this place in the log, instead of a subject' },
      { flags: '--out <folder>', description: 'write each as <event>.tlog-proof, beside it <event>.leaf' },
    ],
    examples: [
      'holdfast audit prove last',
      'holdfast audit prove last --type RunCompleted --out proofs',
      'holdfast audit prove --index 0 -o json',
    ],
    load: async () => (await import('./audit-prove.js')).auditProve,
  },
  {
    usage: 'audit consistency <from> [to]',
    summary:
      'prove that the log at one size, or at a checkpoint in a file, is the beginning of it at another',
    options: [keyOption, ...witnessOptions],
    examples: ['holdfast audit consistency 1', 'holdfast audit consistency log.checkpoint'],
    load: async () => (await import('./audit-consistency.js')).auditConsistency,
  },
];
