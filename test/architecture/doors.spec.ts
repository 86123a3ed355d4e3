import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { filesUnder, root, textOf } from './tree.js';

interface Row {
  readonly room: string;
  readonly refuses: readonly string[];
}
interface Linted {
  readonly path: string;
  readonly problems: readonly { rule: string | null; line: number; message: string }[];
}

const fromLint = async <T>(file: string, name: string): Promise<T> =>
  ((await import(join(root, 'infra/lint', file))) as Record<string, T>)[name] as T;

const doors = await fromLint<readonly Row[]>('doors.mjs', 'doors');
const clockOffences = await fromLint<readonly string[]>('time.mjs', 'clockOffences');

interface Bad {
  readonly path: string;
  readonly code: string;
}
const probe = (input: readonly Bad[]): readonly Linted[] =>
  JSON.parse(
    execFileSync(process.execPath, [join(root, 'infra/lint/probe.mjs')], {
      input: JSON.stringify(input),
      encoding: 'utf8',
      maxBuffer: 64 * 2 ** 20,
    }),
  ) as readonly Linted[];

/** A file that would live in a row's room; examples are plain JavaScript. */
const fileIn = (room: string): string =>
  `${room.replaceAll('*', 'anything')}/bad.${/^(examples|infra)/.test(room) ? 'mjs' : 'ts'}`;

const refused = doors.flatMap(({ room, refuses }) =>
  refuses.map((specifier) => ({ room, specifier, path: fileIn(room), code: `import '${specifier}';\n` })),
);
const forms = [
  "export * from 'zod';",
  "export { z } from 'zod';",
  "import type { z } from 'zod';",
  "export const later = () => import('zod');",
  "export type Z = import('zod').ZodType;",
  "export const worker = new URL('../rpc/x.worker.js', import.meta.url);",
].map((code) => ({ path: 'libs/kernel/bad.ts', code }));
const adapters = [
  { path: 'apps/registry/registry.module.ts', code: "import '#event-store/sqlite';" },
  { path: 'apps/registry/config.ts', code: "import '#event-store/sqlite';" },
  { path: 'libs/contracts/run.ts', code: "import type { RunEvent } from '#domain/run';" },
  { path: 'libs/contracts/run.ts', code: "import { decide } from '#domain/run';" },
];
const withoutClock = [
  'libs/runtime/bad.ts',
  'libs/sandbox/bad.ts',
  'apps/registry/bad.controller.ts',
  'apps/cli/bad.ts',
].flatMap((path) => clockOffences.map((code) => ({ path, code })));
const withClock = ['libs/event-store/sqlite/x.ts', 'libs/platform/x.ts', 'libs/kernel/time.ts'].map(
  (path) => ({
    path,
    code: 'export const at = Date.now();',
  }),
);

// Starting the linter costs more than everything it is asked here.
const linted = probe([...refused, ...forms, ...adapters, ...withoutClock, ...withClock]);
let from = 0;
const problemsOf = (asked: readonly Bad[]) =>
  linted.slice(from, (from += asked.length)).map(({ problems }) => problems);
const found = {
  refused: problemsOf(refused),
  forms: problemsOf(forms),
  adapters: problemsOf(adapters),
  withoutClock: problemsOf(withoutClock),
  withClock: problemsOf(withClock),
};

describe('rooms and doors', () => {
  it.each(refused.map((bad, index) => ({ ...bad, index })))('$room refuses $specifier', ({ index }) => {
    expect(found.refused[index]?.map(({ rule }) => rule)).toContain('holdfast/doors');
  });

  it('refuses every form of import, not only the usual one', () => {
    expect(found.forms).toHaveLength(forms.length);
    for (const problems of found.forms) expect(problems.map(({ rule }) => rule)).toContain('holdfast/doors');
  });

  it('opens an adapter only to a module, a type only to a type import', () => {
    expect(found.adapters.map(({ length }) => length)).toEqual([0, 1, 0, 1]);
  });

  it('lets domain modules know each other without circles', () => {
    const edges = new Map<string, Set<string>>();
    for (const file of filesUnder('libs/domain').filter((path) => /(?<!\.spec)\.ts$/.test(path))) {
      const from = file.split('/')[2] ?? '';
      for (const [, to = ''] of textOf(file).matchAll(/from '#domain\/([a-z-]+)'/g))
        if (to !== from) edges.set(from, (edges.get(from) ?? new Set()).add(to));
    }
    const circles: string[] = [];
    const walk = (path: readonly string[]): void => {
      for (const next of edges.get(path.at(-1) ?? '') ?? []) {
        if (next === path[0]) circles.push([...path, next].join(' → '));
        else if (!path.includes(next)) walk([...path, next]);
      }
    };
    for (const start of edges.keys()) walk([start]);
    expect(circles).toEqual([]);
  });
});

describe('one door for time and chance', () => {
  it.each(withoutClock.map((bad, index) => ({ ...bad, index })))('$path refuses $code', ({ index }) => {
    expect(found.withoutClock[index]?.some(({ message }) => message.includes('Clock and Chance'))).toBe(true);
  });

  it('is open to adapters, platform and the clock itself', () => {
    expect(found.withClock).toEqual(withClock.map(() => []));
  });
});
