import type * as z from 'zod';
import type { Place, Problem } from '#kernel';
import { describeChoice, describeIssue, nouns } from './describe-issue.js';
import { found, looksSecret } from './found.js';
import { choicesAt, exampleAt, keysAt } from './json-schema.js';
import { nearest } from './nearest.js';
import { visible } from './text-problem.js';

export type Path = readonly PropertyKey[];
/** Where a path stands in its file: its key, or its value. */
export type Locate = (path: Path, part: 'key' | 'value') => Place | undefined;

export type CheckOptions = {
  readonly locate?: Locate;
  /** Paths whose value is never shown. */
  readonly secret?: (path: Path) => boolean;
};

export type Checked<T> = { readonly value?: T; readonly problems: readonly Problem[] };

/** `steps.train.run[0]`; safe to show. */
export const fieldOf = (path: Path): string =>
  path.reduce<string>(
    (field, part) =>
      typeof part === 'number'
        ? `${field}[${part}]`
        : `${field}${field ? '.' : ''}${visible(String(part)).slice(0, 64)}`,
    '',
  );

/** Checks a JSON value against a schema; every problem at once, in the order of the schema. */
export function checkSchema<S extends z.ZodType>(
  schema: S,
  value: unknown,
  options: CheckOptions = {},
): Checked<z.output<S>> {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data, problems: [] };
  const problems = result.error.issues.flatMap((issue) =>
    problemsOf(issue, [], { schema, value, ...options }),
  );
  return { problems };
}

type Context = CheckOptions & { readonly schema: z.ZodType; readonly value: unknown };
type Issue = z.core.$ZodIssue;

function problemsOf(issue: Issue, above: Path, context: Context): Problem[] {
  const path = [...above, ...issue.path];
  const input = valueAt(context.value, path);
  if (issue.code === 'invalid_union') return likeliestBranch(issue, path, context);
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, path, context);
  if (issue.code === 'invalid_key') {
    return issue.issues.slice(0, 1).map((inner) => {
      const { code, message, fix } = describeIssue(inner, path.at(-1), likeAt(context, path));
      return problem(code, path, 'key', message, fix, path.at(-1), context);
    });
  }
  const { code, message, fix } = describeIssue(issue, input, likeAt(context, path));
  const missing = input === undefined && path.length > 0;
  if (!missing) return [problem(code, path, 'value', message, fix, input, context)];
  const example = exampleAt(context.schema, path);
  return [
    {
      code: 'KEY_MISSING',
      field: fieldOf(path),
      message: 'is missing',
      fix: example === undefined ? 'add it' : `add \`${String(path.at(-1))}: ${example}\``,
      ...at(context.locate?.(path.slice(0, -1), 'key')),
    },
  ];
}

function likeAt({ schema }: Context, path: Path): string | undefined {
  const example = exampleAt(schema, path);
  return example === undefined ? undefined : `write it like ${example}`;
}

/** More unknown keys than this are a hostile file; they are not looked up one by one. */
const maxUnknown = 200;

function unknownKeys(keys: readonly string[], path: Path, context: Context): Problem[] {
  const known = keysAt(context.schema, path, valueAt(context.value, path));
  return keys.slice(0, maxUnknown).map((key) => {
    const near = nearest(key, known);
    const fix = near ? `did you mean ${near}?` : `remove it; known here: ${known.join(', ')}`;
    return problem('KEY_UNKNOWN', [...path, key], 'key', 'is not a key here', fix, key, context);
  });
}

/** Of a choice between shapes: the one that most of what was written fits. */
function likeliestBranch(issue: z.core.$ZodIssueInvalidUnion, path: Path, context: Context): Problem[] {
  const cost = (issues: readonly Issue[]) =>
    issues.reduce((sum, inner) => {
      if (inner.code === 'invalid_type' && inner.path.length === 0) return sum + 1000;
      return (
        sum + (inner.code === 'unrecognized_keys' ? inner.keys.length * 10 : inner.path.length > 1 ? 1 : 4)
      );
    }, 0);
  const branches = issue.errors.filter((issues) => issues.length > 0).sort((a, b) => cost(a) - cost(b));
  const [best] = branches;
  if (best && cost(best) < 1000) return best.flatMap((inner) => problemsOf(inner, path, context));
  const input = valueAt(context.value, path);
  if (issue.errors.length === 0 && input !== undefined) {
    const { code, message, fix } = describeChoice(input, choicesAt(context.schema, path));
    return [problem(code, path, 'value', message, fix, input, context)];
  }
  const expected = branches.flatMap((issues) =>
    issues.flatMap((inner) =>
      inner.code === 'invalid_type' ? [nouns[inner.expected] ?? inner.expected] : [],
    ),
  );
  const message = `must be ${[...new Set(expected)].join(' or ')}`;
  if (input === undefined)
    return problemsOf({ code: 'invalid_type', expected: 'string', path: [], message, input }, path, context);
  return [
    problem(
      'TYPE_WRONG',
      path,
      'value',
      message,
      likeAt(context, path) ?? `write ${message.slice(8)}`,
      input,
      context,
    ),
  ];
}

function problem(
  code: string,
  path: Path,
  part: 'key' | 'value',
  message: string,
  fix = 'see `holdfast schema`',
  input: unknown,
  { locate, secret }: Context,
): Problem {
  const hidden = (secret?.(path) && part === 'value') || (typeof input === 'string' && looksSecret(input));
  return {
    code,
    field: fieldOf(path),
    message,
    found: hidden ? 'a value that is not shown' : found(input),
    fix,
    ...at(locate?.(path, part)),
  };
}

/** Problems with the place of their field, for checks that look beyond the schema. */
export const placed = (problems: readonly Problem[], locate: Locate = () => undefined): Problem[] =>
  problems.map((problem) => ({ ...problem, ...at(locate(problem.field.split('.'), 'value')) }));

const at = (place: Place | undefined) => (place === undefined ? {} : { place });

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, part) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, part)
        ? (inner as Record<PropertyKey, unknown>)[part]
        : undefined,
    value,
  );
}
