import { describe, expect, it } from '@jest/globals';
import { fold, streamId, type Instant } from '#kernel';
import { nameId } from '#evidence';
import { hold, holdStream, type HoldEvent } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const subject = streamId('run', nameId('run', 'x'));
const place = { type: 'PlaceHold', subject, authority: 'case 7', at } as const;
const release = { type: 'ReleaseHold', authority: 'case 7 closed', at } as const;
const placed: HoldEvent = { type: 'HoldPlaced', subject, authority: 'case 7', at };
const released: HoldEvent = { type: 'HoldReleased', authority: 'case 7 closed', at };

describe('hold', () => {
  it.each([
    ['is placed', [], place, [placed]],
    ['has the name of its subject', [], { ...place, label: 'x' }, [{ ...placed, label: 'x' }]],
    ['is placed once', [placed], place, []],
    ['is released', [placed], release, [released]],
    ['is released once', [placed, released], release, []],
    ['stays released when it is placed by the same command again', [placed, released], place, []],
  ] as const)('%s', (_, given, when, then) => {
    expect(hold.decide(when, fold(hold, given))).toEqual(then);
  });

  it.each([
    ['none that is there', [], release, 'not-found', 'HOLD_NOT_FOUND'],
    [
      'another of the same key',
      [placed],
      { ...place, authority: 'case 8' },
      'already-exists',
      'IDEMPOTENCY_KEY_REUSED',
    ],
  ] as const)('refuses %s', (_, given, when, kind, code) => {
    expect(() => hold.decide(when, fold(hold, given))).toThrow(expect.objectContaining({ kind, code }));
  });

  it('is in a stream of its own for each command', () => {
    expect(holdStream('a')).toMatch(/^hold-[0-9a-f-]{36}$/);
    expect(holdStream('b')).not.toBe(holdStream('a'));
  });
});
