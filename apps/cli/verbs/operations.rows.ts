import { pageOptions } from '../output/pages.js';
import type { Verb } from '../verb.js';

const reason = { flags: '--reason <text>', description: 'why, kept with it for ever', required: true };

export const operationsRows: readonly Verb[] = [
  {
    usage: 'executors',
    summary: 'who runs steps: pool, mode, slots, isolation',
    options: [{ flags: '--pool <name>', description: 'only of this pool' }, ...pageOptions],
    examples: ['holdfast executors', 'holdfast executors --pool gpu -o wide'],
    load: async () => (await import('./executors.js')).executors,
  },
  {
    usage: 'drain <executor>',
    summary: 'let an executor finish what it has and take no more',
    options: [reason],
    examples: ['holdfast drain last --reason "kernel update"'],
    load: async () => (await import('./executors.js')).drain,
  },
  {
    usage: 'cordon <executor>',
    summary: 'give an executor nothing new',
    options: [reason],
    examples: ['holdfast cordon 3f0e --reason "odd results, being looked at"'],
    load: async () => (await import('./executors.js')).cordon,
  },
  {
    usage: 'uncordon <executor>',
    summary: 'let an executor take runs again',
    options: [reason],
    examples: ['holdfast uncordon 3f0e --reason "the disk is replaced"'],
    load: async () => (await import('./executors.js')).uncordon,
  },
  {
    usage: 'scale <executor> <slots>',
    summary: 'how many runs an executor takes at once; `own`: as many as it says of itself',
    options: [reason],
    examples: [
      'holdfast scale last 4 --reason "the other jobs are done"',
      'holdfast scale last own --reason "as it was"',
    ],
    load: async () => (await import('./executors.js')).scale,
  },
  {
    usage: 'projections list',
    summary: 'the read models of every service and how far they are',
    byDefault: true,
    examples: ['holdfast projections', 'holdfast projections list -o json'],
    load: async () => (await import('./projections.js')).list,
  },
  {
    usage: 'projections rebuild [name]',
    summary: 'make a read model anew from history and compare; exit status 4 when it differs',
    options: [{ flags: '--all', description: 'every one of every service' }],
    examples: ['holdfast projections rebuild registry/knobs', 'holdfast projections rebuild --all'],
    load: async () => (await import('./projections.js')).rebuild,
  },
  {
    usage: 'dead-letters list',
    summary: 'messages of the bus that nobody could take, by topic, and why',
    byDefault: true,
    examples: ['holdfast dead-letters', 'holdfast dead-letters list -o json'],
    load: async () => (await import('./dead-letters.js')).list,
  },
  {
    usage: 'dead-letters replay <topic>',
    summary: 'put them back to their topic, once what they failed at is mended',
    options: [
      { ...reason, description: 'why; the log keeps it' },
      { flags: '--limit <count>', description: 'no more than so many' },
    ],
    examples: ['holdfast dead-letters replay holdfast.heartbeats.v1 --reason "the executor is upgraded"'],
    load: async () => (await import('./dead-letters.js')).replay,
  },
  {
    usage: 'migrate',
    summary:
      'carry an installation to other engines, or a backup of it, and prove that both histories are one',
    options: [
      { flags: '--from <place>', description: 'its event store: sqlite:PATH or esdb://…', required: true },
      { flags: '--to <place>', description: 'another, empty or begun before', required: true },
      { flags: '--artifacts-from <place>', description: 'its artifact store: file:PATH or s3://…' },
      { flags: '--artifacts-to <place>', description: 'another' },
      {
        flags: '--people-from <place>',
        description:
          'its directory of names and keys, without which reasons stay sealed: file:PATH or mongodb://…',
      },
      { flags: '--people-to <place>', description: 'another' },
    ],
    examples: ['holdfast migrate --from sqlite:old/events.sqlite --to sqlite:copy/events.sqlite'],
    load: async () => (await import('./migrate.js')).migrate,
  },
  {
    usage: 'backup <folder>',
    summary: 'copy an embedded installation while it runs, but its keys, and prove the copy by its log',
    examples: ['holdfast backup /mnt/backup', 'holdfast backup /mnt/backup -o json'],
    load: async () => (await import('./backup.js')).backup,
  },
  {
    usage: 'restore <folder>',
    summary: 'make an installation of a backup in a new data folder; say what it proves and what is lost',
    options: [
      {
        flags: '--key <key>',
        description:
          'key of its log (`holdfast audit key`), also an earlier one; default: those it names itself',
        many: true,
      },
    ],
    examples: ['holdfast restore /mnt/backup --data-dir restored --key key.pub'],
    load: async () => (await import('./backup.js')).restore,
  },
  {
    usage: 'du',
    summary: 'who holds how much of the artifact store',
    examples: ['holdfast du', 'holdfast du -o wide'],
    load: async () => (await import('./storage.js')).du,
  },
  {
    usage: 'gc',
    summary:
      'dispose of runs and datasets whose retention has run out, and remove blobs that nothing refers to; asks first',
    options: [
      { flags: '--dry-run', description: 'say what it would remove' },
      {
        flags: '--older-than <age>',
        description:
          'of blobs that nothing refers to only those so old, such as 36h or 7d; default and least: a day',
      },
      { flags: '--reason <text>', description: 'why, kept for ever; needed unless --dry-run' },
    ],
    examples: ['holdfast gc --dry-run', 'holdfast gc --older-than 7d --reason "disk is full" -y'],
    load: async () => (await import('./gc.js')).gc,
  },
  {
    usage: 'scrub',
    summary:
      'hash every blob anew; exit status 5 when one is not what it should be, is missing, or was disposed of and is here',
    examples: ['holdfast scrub'],
    load: async () => (await import('./storage.js')).scrub,
  },
  {
    usage: 'doctor',
    summary: 'what is wrong with this installation and what to do; exit status 4 when something is',
    options: [
      { flags: '--retry-parked', description: 'first react once more to events that were put aside' },
    ],
    examples: ['holdfast doctor', 'holdfast doctor --server research.example:4653 -o json'],
    load: async () => (await import('./doctor.js')).doctor,
  },
  {
    usage: 'bench',
    summary:
      'how fast this installation is, what is healthy, and what to do; exit status 4 when something is not',
    options: [{ flags: '--for <duration>', description: 'how long to measure, from 1s to 60s; default 6s' }],
    examples: ['holdfast bench --for 1s', 'holdfast bench --server research.example:4653 -o json'],
    load: async () => (await import('./bench.js')).bench,
  },
];
