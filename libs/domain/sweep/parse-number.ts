import type { Report } from './axis-problems.js';

const pattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

export const looksLikeNumber = (text: string): boolean => text.length <= 64 && pattern.test(text);

/** A finite number that a double holds; reports what it is not. */
export function parseNumber(text: string, integer: boolean, report: Report): number | undefined {
  const value = Number(text);
  if (!looksLikeNumber(text) || !Number.isFinite(value)) {
    report('SWEEP_NUMBER_INVALID', 'must be a number', 'write it like 0.01 or 1e-4', text);
  } else if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[+-]?\d+$/.test(text)) {
    report('SWEEP_NUMBER_INVALID', 'whole numbers end at 2^53−1', 'write a smaller one', text);
  } else if (integer && !Number.isSafeInteger(value)) {
    report('SWEEP_NOT_INTEGER', 'the knob takes whole numbers', 'write one, such as 3', text);
  } else return value === 0 ? 0 : value;
  return undefined;
}
