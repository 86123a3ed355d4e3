import { describe, expect, it } from '@jest/globals';
import { fold, type Instant } from '#kernel';
import { person, personStream, type PersonEvent } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const name = { type: 'NamePerson', at } as const;
const erase = { type: 'ErasePerson', authority: 'request 7', at } as const;
const named: PersonEvent = { type: 'PersonNamed', at };
const erasedBy: PersonEvent = { type: 'PersonErased', authority: 'request 7', at };

describe('person', () => {
  it.each([
    ['is named', [], name, [named]],
    ['is named again, by another name', [named], name, [named]],
    ['is erased', [named], erase, [erasedBy]],
    ['is erased without ever having had a name', [], erase, [erasedBy]],
    ['is erased once', [named, erasedBy], erase, []],
  ] as const)('%s', (_, given, when, then) => {
    expect(person.decide(when, fold(person, given))).toEqual(then);
  });

  it('is never named again after that', () => {
    expect(() => person.decide(name, fold(person, [named, erasedBy]))).toThrow(
      expect.objectContaining({ kind: 'rule', code: 'PERSON_ERASED' }),
    );
  });

  it('has the pseudonym for the name of its stream, and no name in any event', () => {
    const pseudonym = '5e0ffb64-5f5f-5b5c-8c43-0d5a37b0a9a1';
    expect(personStream(pseudonym)).toBe(`person-${pseudonym}`);
    expect(Object.keys(named)).toEqual(['type', 'at']);
  });
});
