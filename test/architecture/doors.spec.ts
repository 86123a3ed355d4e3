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

const probe = (input: unknown): readonly Linted[] =>
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

describe('rooms and doors', () => {
  const cases = doors.flatMap(({ room, refuses }) => refuses.map((specifier) => ({ room, specifier })));
  const linted = probe(
    cases.map(({ room, specifier }) => ({ path: fileIn(room), code: `import '${specifier}';\n` })),
  );

  it.each(cases.map((bad, index) => ({ ...bad, index })))('$room refuses $specifier', ({ index }) => {
    expect(linted[index]?.problems.map(({ rule }) => rule)).toContain('holdfast/doors');
  });

  it('refuses every form of import, not only the usual one', () => {
    const forms = [
      "export * from 'zod';",
      "export { z } from 'zod';",
      "import type { z } from 'zod';",
      "export const later = () => import('zod');",
      "export type Z = import('zod').ZodType;",
      "export const worker = new URL('../rpc/x.worker.js', import.meta.url);",
    ];
    const results = probe(forms.map((code) => ({ path: 'libs/kernel/bad.ts', code })));
    for (const { problems } of results) expect(problems.map(({ rule }) => rule)).toContain('holdfast/doors');
  });

  it('opens an adapter only to a module, a type only to a type import', () => {
    const results = probe([
      { path: 'apps/registry/registry.module.ts', code: "import '#event-store/sqlite';" },
      { path: 'apps/registry/config.ts', code: "import '#event-store/sqlite';" },
      { path: 'libs/contracts/run.ts', code: "import type { RunEvent } from '#domain/run';" },
      { path: 'libs/contracts/run.ts', code: "import { decide } from '#domain/run';" },
    ]);
    expect(results.map(({ problems }) => problems.length)).toEqual([0, 1, 0, 1]);
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
  const results = probe(
    [
      'libs/runtime/bad.ts',
      'libs/sandbox/bad.ts',
      'apps/registry/bad.controller.ts',
      'apps/cli/bad.ts',
    ].flatMap((path) => clockOffences.map((code) => ({ path, code }))),
  );

  it.each(results.map((result, index) => ({ ...result, code: clockOffences[index % clockOffences.length] })))(
    '$path refuses $code',
    ({ problems }) => {
      expect(problems.some(({ message }) => message.includes('Clock and Chance'))).toBe(true);
    },
  );

  it('is open to adapters, platform and the clock itself', () => {
    const open = ['libs/event-store/sqlite/x.ts', 'libs/platform/x.ts', 'libs/kernel/time.ts'];
    const allowed = probe(open.map((path) => ({ path, code: 'export const at = Date.now();' })));
    expect(allowed.flatMap(({ problems }) => problems)).toEqual([]);
  });
});
