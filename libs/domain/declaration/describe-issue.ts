import type * as z from 'zod';
import { grammarOf } from './grammar.js';
import { nearest } from './nearest.js';

type Described = { readonly code: string; readonly message: string; readonly fix: string | undefined };

/** What a complaint of the schema means; `like` is the way out that an example of the field gives. */
export function describeIssue(issue: z.core.$ZodIssue, input: unknown, like: string | undefined): Described {
  switch (issue.code) {
    case 'invalid_type':
      return describeType(issue, input, like);
    case 'invalid_value':
      return describeChoice(input, issue.values.map(String));
    case 'too_small':
    case 'too_big': {
      const bound = boundOf(issue);
      return { code: 'VALUE_OUT_OF_RANGE', message: `must be ${bound}`, fix: like ?? `write ${bound}` };
    }
    case 'invalid_format': {
      const grammar = issue.pattern === undefined ? undefined : grammarOf(issue.pattern);
      return {
        code: grammar?.code ?? 'FORMAT_INVALID',
        message:
          grammar?.rule ??
          (issue.format === 'regex' ? 'is not written as it must be' : `must be ${issue.format}`),
        fix: grammar?.fix ?? like,
      };
    }
    case 'custom': {
      const { code, fix } = (issue.params ?? {}) as { code?: string; fix?: string };
      return { code: code ?? 'VALUE_INVALID', message: issue.message, fix: fix ?? like };
    }
    default:
      return { code: 'VALUE_INVALID', message: issue.message, fix: like };
  }
}

export const nouns: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a group of `key: value`',
  record: 'a group of `name: value`',
  array: 'a list',
};

/** One of a few fixed values was expected. */
export function describeChoice(input: unknown, values: readonly string[]): Described {
  const near = typeof input === 'string' ? nearest(input, values) : undefined;
  const message = values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(', ')}`;
  return { code: 'VALUE_UNKNOWN', message, fix: near ? `did you mean ${near}?` : `write ${values[0]}` };
}

function boundOf(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const open = issue.inclusive === false;
  const [limit, words] =
    issue.code === 'too_small'
      ? [issue.minimum, open ? 'more than' : 'at least']
      : [issue.maximum, open ? 'less than' : 'at most'];
  const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'number' ? '' : ' entries';
  return `${words} ${limit}${issue.origin === 'int' ? '' : unit}`;
}

function describeType(issue: z.core.$ZodIssueInvalidType, input: unknown, like: string | undefined) {
  const noun = nouns[issue.expected] ?? issue.expected;
  const quote =
    issue.expected === 'string' &&
    (typeof input === 'number' || typeof input === 'boolean') &&
    !/like [0-9]/.test(like ?? '');
  return {
    code: 'TYPE_WRONG',
    message: `must be ${noun}`,
    fix: quote ? `put it in quotes: "${String(input)}"` : (like ?? `write ${noun}`),
  };
}
