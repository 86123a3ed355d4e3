import type { Problem } from '#kernel';
import { found } from '#domain/declaration';
import { sweepLimits } from './limits.js';

/** Takes down what is wrong with one axis. */
export type Report = (code: string, message: string, fix: string, written?: string) => void;

export const reportTo =
  (problems: Problem[], field: string): Report =>
  (code, message, fix, written) => {
    const own = problems.filter((problem) => problem.field === field).length;
    if (own < sweepLimits.problems)
      problems.push({
        code,
        field,
        message,
        fix,
        ...(written === undefined ? {} : { found: found(written) }),
      });
  };
