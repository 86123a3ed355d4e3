import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Json, Problem } from '#kernel';
import { parseManifest } from '#domain/manifest';
import { canonicalize } from '#evidence';
import { checkBlueprint, checkLock, resolve, serializeLock, type CatalogueAnswers } from './index.js';
import { golden, knobs, penguinsAnswers, penguinsLock, readGood } from './testing/examples.js';

/** A hundred times what any text here needs, and far shorter than an explosion; of this thread's own work, however busy the machine. */
const boundMs = 60_000;
const workedMs = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
const catalogue = { knobs, datasets: ['palmer-penguins@1'], environments: ['node-26'] };

const shown = ({ code, message, found = '', fix, place }: Problem): boolean =>
  /^[A-Z0-9_]+$/.test(code) &&
  message.length > 0 &&
  found.length <= 140 &&
  (code === 'PROBLEMS_OMITTED' || (fix !== undefined && place?.line !== undefined));

/** Reports, never throws, in bounded time; every problem can be shown and acted on. */
const check = (text: string) => {
  const started = workedMs();
  const { blueprint, problems } = checkBlueprint(text, { file: 'f.yaml', catalogue });
  expect(workedMs() - started).toBeLessThan(boundMs);
  expect(blueprint === undefined).toBe(problems.length > 0);
  expect(problems.length).toBeLessThanOrEqual(101);
  expect(problems.filter((problem) => !shown(problem))).toEqual([]);
  return blueprint;
};

const good = golden('penguins.yaml');
const tokens = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '- ',
    '? ',
    '|',
    '>',
    '&a ',
    '*a',
    '!x ',
    '!!set ',
    '<<: ',
    '\n',
    '  ',
    '\t',
    '"',
    "'",
    '#',
    '---',
    '...',
    '%',
    '@',
    '`',
  ],
  ...[
    'steps',
    'data',
    'in',
    'out',
    'folds',
    'null',
    '~',
    '.nan',
    '0x10',
    '1e999',
    '\u0000',
    '\ufeff',
    '\u202e',
    '\ud800',
    '\u2028',
    '__proto__',
    'constructor',
  ],
);
const soup = fc
  .array(fc.oneof(tokens, fc.string({ maxLength: 8 })), { maxLength: 200 })
  .map((parts) => parts.join(''));
const cut = fc
  .tuple(fc.nat(good.length), fc.nat(40), fc.oneof(tokens, fc.string()))
  .map(([at, length, text]) => good.slice(0, at) + text + good.slice(at + length));

/** The good document with any one value replaced by anything. */
const { document } = readGood(good);
const pathsOf = (value: Json, path: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner as Json, [...path, key]))]
    : [path];
const replaced = (value: Json, [first, ...rest]: readonly string[], to: Json): Json => {
  if (first === undefined) return to;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, Json>;
  copy[first] = replaced(copy[first] as Json, rest, to);
  return copy;
};
const mutated = fc
  .tuple(fc.constantFrom(...pathsOf(document)), fc.jsonValue())
  .map(([path, to]) => replaced(document, path, to as Json));

describe('any text', () => {
  it.each([
    ['of any characters', fc.string({ unit: 'binary' })],
    ['of the tokens of YAML', soup],
    ['that was a good file', cut],
    ['of JSON', fc.json({ maxDepth: 40 })],
    ['of YAML', fc.jsonValue().map((value) => stringify(value))],
    ['of a blueprint with one other value', mutated.map((value) => JSON.stringify(value))],
  ] as const)('%s gives problems or a blueprint', (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => void check(text)),
      { numRuns: 100 },
    );
  });

  it('gives the same whether it came as YAML or as JSON', () => {
    const codes = (text: string) =>
      checkBlueprint(text, { file: 'f', catalogue })
        .problems.map(({ code, field }) => `${code} ${field}`)
        .sort();
    fc.assert(
      fc.property(mutated, (value) => expect(codes(JSON.stringify(value))).toEqual(codes(stringify(value)))),
    );
  });

  it('that passes resolves into a manifest that can be read, or into problems', () => {
    const lock = (text: string) => checkLock(text);
    fc.assert(
      fc.property(mutated, (value) => {
        const read = checkBlueprint(JSON.stringify(value), { file: 'f' });
        if (read.blueprint === undefined || read.document === undefined) return;
        const answers: CatalogueAnswers = penguinsAnswers;
        const { manifest, problems } = resolve({
          blueprint: read.blueprint,
          document: read.document,
          lock: penguinsLock,
          answers,
        });
        expect(manifest === undefined).toBe(problems.length > 0);
        if (manifest !== undefined) expect(parseManifest(canonicalize(manifest))).toEqual(manifest);
      }),
      { numRuns: 100 },
    );
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) =>
        expect(lock(text).problems.length).toBeGreaterThan(0),
      ),
    );
    expect(lock(serializeLock(penguinsLock)).problems).toEqual([]);
  });
});

describe('a megabyte of hostility', () => {
  const size = 2 ** 20 - 16;
  it.each([
    ['brackets', '['.repeat(size)],
    ['dashes', '- '.repeat(size / 2)],
    ['question marks', '? '.repeat(size / 2)],
    ['keys in one group', `{${'a,'.repeat(size / 2 - 2)}}`],
    [
      'keys in lines',
      Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`)
        .join('\n')
        .slice(0, size),
    ],
    ['colons in lines', ':\n'.repeat(size / 2)],
    ['anchors', '&a '.repeat(size / 3)],
    ['aliases', `a: &a [${'*a,'.repeat(size / 3 - 4)}]`],
    ['tags', '!a '.repeat(size / 3)],
    ['closing brackets', ']'.repeat(size)],
    ['empty lists', '[]'.repeat(size / 2)],
    ['an open quotation', `"${'\\n'.repeat(size / 2 - 1)}`],
    ['comments', '#\n'.repeat(size / 2)],
    ['white space', ' '.repeat(size)],
    [
      'steps that know no others',
      `steps:\n${Array.from({ length: 18_000 }, (_, i) => ` k${i}: {in: {a: q${i}}}`).join('\n')}`,
    ],
  ])('%s is read in seconds', (_, text) => {
    const started = workedMs();
    expect(checkBlueprint(text, { file: 'f' }).problems.length).toBeGreaterThan(0);
    expect(workedMs() - started).toBeLessThan(boundMs);
  });
});
