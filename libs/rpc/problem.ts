import type { common } from '#contracts';
import type { Problem } from '#kernel';

/** A problem as it travels in answers and in the details of a failed call. */
export const fromProblem = (problem: Problem): common.Problem => ({ ...problem });

/** A problem as it was before it travelled: what was absent is absent again. */
export const toProblem = ({ code, field, message, found, fix, place }: common.Problem): Problem => ({
  code,
  field,
  message,
  ...(found === undefined ? {} : { found }),
  ...(fix === undefined ? {} : { fix }),
  ...(place === undefined ? {} : { place }),
});
