import { pageOptions } from '../output/pages.js';
import type { Verb } from '../verb.js';

export const auditsRows: readonly Verb[] = [
  {
    usage: 'audit verify',
    summary:
      'read the whole event store again and hold it against the audit log; exit status 5 when it differs. What artifacts are missing, `holdfast scrub` says',
    options: [
      {
        flags: '--key <key>',
        description:
          'whose checkpoint it must be: a key or a file of keys; may be repeated, default: those of the installation',
        many: true,
      },
      { flags: '--witness <key>', description: 'a witness, the same way; may be repeated', many: true },
      { flags: '--witnesses <n>', description: 'how many of them must have cosigned' },
    ],
    examples: [
      'holdfast audit verify',
      'holdfast audit verify --key holdfast.pub -o json',
      'holdfast audit verify --key holdfast.pub --witness lab.pub --witnesses 1',
    ],
    load: async () => (await import('./audit-verify.js')).auditVerify,
  },
  {
    usage: 'audit list',
    summary: 'what was verified so far, by whom, with what outcome',
    byDefault: true,
    options: [
      { flags: '--kind <kind>', description: 'log, artifacts, reproductions or people' },
      { flags: '--failed', description: 'only those that found something' },
      ...pageOptions,
    ],
    examples: ['holdfast audit', 'holdfast audit list --failed'],
    load: async () => (await import('./audit-list.js')).auditList,
  },
];
