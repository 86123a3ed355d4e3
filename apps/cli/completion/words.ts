import type { Verb } from '../verb.js';

/** What may stand where on a command line. */
export interface Words {
  /** First words with what they do: verbs, and groups of verbs. */
  readonly first: readonly (readonly [word: string, summary: string])[];
  /** Second words of groups. */
  readonly second: Readonly<Record<string, readonly (readonly [word: string, summary: string])[]>>;
  /** Options by verb, `knob list` for one of a group. */
  readonly options: Readonly<Record<string, readonly (readonly [flag: string, summary: string])[]>>;
}

const everywhere: readonly (readonly [string, string])[] = [
  ['--format', 'table, wide, json, jsonl or yaml'],
  ['--quiet', 'ids only'],
  ['--server', 'server to talk to'],
  ['--data-dir', 'folder of the embedded server'],
  ['--namespace', 'namespace'],
  ['--no-color', 'no colours'],
  ['--yes', 'answer yes to every question'],
  ['--help', 'help'],
];

/** From the same table that the command line is made of, so that the two cannot differ. */
export function wordsOf(verbs: readonly Verb[], groups: Readonly<Record<string, string>>): Words {
  const first = new Map<string, string>();
  const second: Record<string, (readonly [string, string])[]> = {};
  const options: Record<string, readonly (readonly [string, string])[]> = {};
  for (const { usage, summary, options: own = [] } of verbs) {
    const [word = '', next = ''] = usage.split(' ');
    const group = groups[word];
    first.set(word, group ?? summary);
    if (group !== undefined) (second[word] ??= []).push([next, summary]);
    options[group === undefined ? word : `${word} ${next}`] = [
      ...own.flatMap(({ flags, description }) => flagsOf(flags).map((flag) => [flag, description] as const)),
      ...everywhere,
    ];
  }
  return { first: [...first], second, options };
}

/** The long names in `-w, --watch` or `--set <knob=value>`. */
const flagsOf = (flags: string): string[] => flags.match(/--[a-z][a-z-]*/g) ?? [];
