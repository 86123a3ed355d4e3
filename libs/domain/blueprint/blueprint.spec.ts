import { describe, expect, it } from '@jest/globals';
import { fold, type Instant } from '#kernel';
import { blueprint, blueprintStream, type BlueprintCommand, type BlueprintEvent } from './index.js';
import { digest } from './testing/examples.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const declare = (digit: string): BlueprintCommand => ({
  type: 'DeclareBlueprintVersion',
  namespace: 'penguins',
  name: 'species',
  version: digest(digit),
  document: { digest: digest(digit), sizeBytes: 900 },
  lock: { digest: digest('f'), sizeBytes: 800 },
  why: 'Do four body measurements tell the three species apart?',
  at,
});
const given = (...commands: BlueprintCommand[]): BlueprintEvent[] => {
  const events: BlueprintEvent[] = [];
  for (const command of commands) events.push(...blueprint.decide(command, fold(blueprint, events)));
  return events;
};
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('blueprint', () => {
  it('counts its versions, each naming the one before', () => {
    expect(given(declare('1'), declare('2'))).toMatchObject([
      { type: 'BlueprintVersionDeclared', number: 1, previous: null },
      { type: 'BlueprintVersionDeclared', number: 2, previous: digest('1') },
    ]);
  });

  it('declares a version once, even when another came after it', () => {
    expect(given(declare('1'), declare('2'), declare('1'), declare('2'))).toHaveLength(2);
  });

  it('refuses another name in its stream, and a version that is said to be of another document', () => {
    expect(() => given(declare('1'), { ...declare('2'), name: 'islands' })).toThrow(
      code('BLUEPRINT_RENAMED'),
    );
    const forged = { ...declare('1'), document: { digest: digest('9'), sizeBytes: 1 } };
    expect(() => given(declare('1'), forged)).toThrow(code('BLUEPRINT_VERSION_DIFFERS'));
  });

  it('has one stream per namespace and name', () => {
    const streams = [
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'b'],
      ['a-b', 'c'],
      ['a', 'b-c'],
    ].map(([space = '', name = '']) => blueprintStream(space, name));
    expect(new Set(streams).size).toBe(5);
  });
});
