import { pageOptions } from '../output/pages.js';
import type { Verb } from '../verb.js';

const authority = {
  ...{ flags: '--authority <text>', required: true },
  description: 'by whose order, such as the number of a case; name nobody',
};

export const peopleRows: readonly Verb[] = [
  {
    usage: 'sign <subject>',
    summary: 'put your name to a subject as it is now: approval, review or responsibility',
    options: [
      { flags: '--meaning <meaning>', description: 'approval, review or responsibility', required: true },
      {
        flags: '--identity <file>',
        description:
          'your own Ed25519 private key, PEM (openssl genpkey -algorithm ed25519 -aes256 -out me.pem); its passphrase is asked for, or HOLDFAST_PASSPHRASE',
        required: true,
      },
      { flags: '--reason <text>', description: 'why, kept with it for ever', required: true },
    ],
    examples: [
      'holdfast sign last --meaning review --identity me.pem --reason "repeated it, the same result" -y',
      'holdfast sign blueprint:penguins/species --meaning approval --identity me.pem --reason "as discussed" -y',
    ],
    load: async () => (await import('./sign.js')).sign,
  },
  {
    usage: 'signatures [subject]',
    summary: 'who put their name to what, whether it holds, and whether it is of an earlier version',
    options: [
      {
        flags: '--signer <who>',
        description: 'only by this person: an id or its beginning, or their whole name',
      },
      { flags: '--meaning <meaning>', description: 'approval, review or responsibility' },
      ...pageOptions,
    ],
    examples: ['holdfast signatures', 'holdfast signatures last -o wide'],
    load: async () => (await import('./signatures.js')).signatures,
  },
  {
    usage: 'identity replace',
    summary: 'sign with another key from now on; what the one before signed stays, and says so',
    options: [
      { flags: '--identity <file>', description: 'the new Ed25519 private key, PEM', required: true },
      { flags: '--before <file>', description: 'the key until now, which vouches for the new one' },
      { flags: '--lost', description: 'there is no key until now any more: nobody vouches for it but you' },
      { flags: '--reason <text>', description: 'why', required: true },
    ],
    examples: [
      'holdfast identity replace --identity new.pem --before me.pem --reason "yearly change" -y',
      'holdfast identity replace --identity new.pem --lost --reason "the laptop was stolen" -y',
    ],
    load: async () => (await import('./identity.js')).replace,
  },
  {
    usage: 'person name <name>',
    summary:
      'give your pseudonym its printed name; it stands in a directory that can forget, and in no event',
    options: [{ flags: '--person <id>', description: 'of this pseudonym instead of your own' }],
    examples: ['holdfast person name "Ada Lovelace"'],
    load: async () => (await import('./person.js')).name,
  },
  {
    usage: 'person show [who]',
    summary: 'who is behind a pseudonym or the beginning of one, or has a name; yourself without one',
    examples: ['holdfast person show', 'holdfast person show 0c7e1a52-6b3f-4d0e-8f21-5a9d3c4e7b60 -o json'],
    load: async () => (await import('./person.js')).showPerson,
  },
  {
    usage: 'person list',
    summary: 'who was ever named or erased',
    byDefault: true,
    options: [{ flags: '--name <name>', description: 'only those of this name' }, ...pageOptions],
    examples: ['holdfast person list', 'holdfast person list --name "Ada Lovelace" -q'],
    load: async () => (await import('./person.js')).list,
  },
  {
    usage: 'person erase <who>',
    summary: 'forget a person for good: their name, and every text of theirs, wherever a copy of it is',
    options: [authority, { flags: '--reason <text>', description: 'why', required: true }],
    examples: [
      'holdfast person erase 0c7e1a52-6b3f-4d0e-8f21-5a9d3c4e7b60 --authority "request 2026-14" --reason "asked to be forgotten" -y',
    ],
    load: async () => (await import('./person.js')).erase,
  },
  {
    usage: 'audit review <first> <last>',
    summary: 'record that you looked through this range of the audit trail, and what came of it',
    options: [
      { flags: '--outcome <outcome>', description: 'accepted or findings', required: true },
      { flags: '--reason <text>', description: 'on what ground, or what was found', required: true },
    ],
    examples: ['holdfast audit review 0 10 --outcome accepted --reason "every override has its reason"'],
    load: async () => (await import('./audit-reviews.js')).record,
  },
  {
    usage: 'audit reviews',
    summary: 'who looked through which range of the audit trail, with what outcome',
    options: [{ flags: '--index <n>', description: 'only reviews of this entry' }, ...pageOptions],
    examples: ['holdfast audit reviews', 'holdfast audit reviews --index 3 -o json'],
    load: async () => (await import('./audit-reviews.js')).list,
  },
  {
    usage: 'hold list [subject]',
    summary: 'what is kept by whose order',
    byDefault: true,
    options: [{ flags: '--in-force', description: 'leave out what was released' }, ...pageOptions],
    examples: ['holdfast hold list', 'holdfast hold list --in-force -o json'],
    load: async () => (await import('./holds.js')).list,
  },
  {
    usage: 'hold place <subject>',
    summary:
      'order that a subject or namespace:NAME is kept until the hold is released, whatever its retention says',
    options: [authority, { flags: '--reason <text>', description: 'why', required: true }],
    examples: ['holdfast hold place last --authority "case 2026-14" --reason "asked for by the court"'],
    load: async () => (await import('./holds.js')).place,
  },
  {
    usage: 'hold release <hold>',
    summary: 'end a hold; others of the same subject stay',
    options: [authority, { flags: '--reason <text>', description: 'why', required: true }],
    examples: ['holdfast hold release 3f0e --authority "case 2026-14" --reason "the case is closed"'],
    load: async () => (await import('./holds.js')).release,
  },
];
