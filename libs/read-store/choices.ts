import type { Condition, Scalar } from './read-store.js';

/** The values that a condition of equality allows; undefined for every other. */
export const choicesOf = (condition: Condition): readonly Scalar[] | undefined =>
  !('is' in condition)
    ? undefined
    : Array.isArray(condition.is)
      ? (condition.is as readonly Scalar[])
      : [condition.is as Scalar];

/** Whether what is missing cannot meet the condition. */
export const wantsValue = (condition: Condition): boolean =>
  choicesOf(condition)?.every((value) => value !== null) ??
  ('prefix' in condition ||
    ('from' in condition && condition.from !== undefined) ||
    ('to' in condition && condition.to !== undefined));
