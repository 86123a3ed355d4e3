import { describe, expect, it } from '@jest/globals';
import { tellingLines } from './step-output.js';

const stack = Array.from({ length: 20 }, (_, i) => `    at line ${i}`);

describe('the lines of a failed step that are shown', () => {
  it('are the last ones', () => {
    expect(tellingLines(['a', 'b', 'c'], 2)).toEqual(['b', 'c']);
    expect(tellingLines(['Traceback', ...stack, 'ValueError: no'], 3).at(-1)).toBe('ValueError: no');
    expect(tellingLines(['a'], 5)).toEqual(['a']);
  });

  it('begin with the error when its stack is longer', () => {
    const lines = [
      'node:fs:620',
      '',
      "Error: ENOENT: no such file, open 'data.csv'",
      ...stack,
      '',
      'Node.js v26',
    ];
    expect(tellingLines(lines, 4)).toEqual([lines[2], ...stack.slice(0, 3)]);
    expect(tellingLines(['TypeError [CODE]: x', ...stack, 'after'], 2)[0]).toBe('TypeError [CODE]: x');
  });
});
