import { describe, expect, it } from '@jest/globals';
import { alwaysIgnored, parseIgnore } from './ignore.js';

const ignored = (rules: string, path: string, isFolder = false) =>
  parseIgnore(rules).ignore.ignores(path, isFolder);

describe('rules of what is not code, as git reads them', () => {
  it.each([
    ['name', 'name', true],
    ['name', 'deep/down/name', true],
    ['name', 'names', false],
    ['/name', 'name', true],
    ['/name', 'deep/name', false],
    ['a/b', 'a/b', true],
    ['a/b', 'x/a/b', false],
    ['*.log', 'x/y.log', true],
    ['*.log', '.log', true],
    ['*.log', 'y.logs', false],
    ['a*c', 'abbbc', true],
    ['a*c', 'ab/c', false],
    ['?.py', 'x.py', true],
    ['?.py', 'é.py', true],
    ['?.py', 'xy.py', false],
    ['[a-c].txt', 'b.txt', true],
    ['[!a-c].txt', 'b.txt', false],
    ['[]].txt', '].txt', true],
    ['**/x', 'a/b/x', true],
    ['**/x', 'x', true],
    ['a/**/x', 'a/x', true],
    ['a/**/x', 'a/b/c/x', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', false],
    ['# a', '# a', false],
    ['\\#a', '#a', true],
    ['\\!a', '!a', true],
    ['a  ', 'a', true],
    ['', '', false],
  ])('%j and %j: %j', (rules, path, expected) => {
    expect(ignored(rules, path)).toBe(expected);
  });

  it('a slash at the end means folders', () => {
    expect(ignored('build/', 'build', true)).toBe(true);
    expect(ignored('build/', 'build', false)).toBe(false);
  });

  it('the last rule that matches decides', () => {
    expect(ignored('*.csv\n!keep.csv', 'keep.csv')).toBe(false);
    expect(ignored('!keep.csv\n*.csv', 'keep.csv')).toBe(true);
  });

  it('what is always left out can be taken in again', () => {
    const rules = (text: string) => parseIgnore(text, { before: alwaysIgnored }).ignore;
    expect(rules('').ignores('lib/node_modules', true)).toBe(true);
    expect(rules('!node_modules/').ignores('node_modules', true)).toBe(false);
    expect(rules('').ignores('__pycache__', true)).toBe(true);
    expect(rules('').ignores('.git', false)).toBe(true);
    expect(rules('').ignores('train.py', false)).toBe(false);
    // What Holdfast itself leaves there on request: a bundle, the folder of `holdfast up --data-dir ./holdfast-data`.
    expect(rules('').ignores('run.holdfast', false)).toBe(true);
    expect(rules('').ignores('holdfast-data', true)).toBe(true);
    expect(rules('').ignores('holdfast.yaml', false)).toBe(false);
  });

  it('reports every rule that is not complete, with its line', () => {
    const { problems } = parseIgnore('[abc\n*.ok\ntrailing\\');
    expect(problems.map(({ code, place }) => [code, place?.line])).toEqual([
      ['IGNORE_INVALID', 1],
      ['IGNORE_INVALID', 3],
    ]);
  });

  it('is not slowed down by a hostile pattern', () => {
    // Of this thread's own work, however busy or slow the machine: a thousand times what it takes, and nothing to an explosion.
    const started = process.threadCpuUsage();
    expect(ignored(`${'*a'.repeat(2000)}b`, 'a'.repeat(255))).toBe(false);
    expect(ignored(`${'**/a/'.repeat(200)}b`, `${'a/'.repeat(400)}c`)).toBe(false);
    expect(process.threadCpuUsage(started).user).toBeLessThan(10_000_000);
  });
});
