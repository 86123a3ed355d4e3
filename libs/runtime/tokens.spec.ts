import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Position } from '#event-store';
import { pageToken, parsePageToken, parsePositionToken, positionToken } from './tokens.js';

const filter = {
  where: [{ field: 'status', is: 'running' }],
  sort: { field: 'at', direction: 'asc' },
} as const;
const scalar = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null));

describe('tokens', () => {
  it('come back as they went', () => {
    fc.assert(
      fc.property(scalar, fc.string(), (value, id) => {
        const back = parsePageToken('runs@1', filter, pageToken('runs@1', filter, { value, id }));
        expect(back).toEqual({ value: Object.is(value, -0) ? 0 : value, id });
      }),
    );
    expect(parsePositionToken(positionToken('42' as Position))).toBe('42');
    expect(positionToken(undefined)).toBe('');
    expect(parsePositionToken('')).toBeUndefined();
    expect(parsePageToken('runs@1', filter, '')).toBeUndefined();
  });

  it('of another list, version, filter or order are refused, and so is anything else', () => {
    const stale = { kind: 'invalid', code: 'PAGE_TOKEN_STALE' };
    const last = { value: 1, id: 'x' };
    const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const good = JSON.parse(Buffer.from(pageToken('runs@1', filter, last), 'base64url').toString()) as Record<
      string,
      unknown
    >;
    const tokens = [
      pageToken('runs@2', filter, last),
      pageToken('sweeps@1', filter, last),
      pageToken('runs@1', { ...filter, where: [] }, last),
      pageToken('runs@1', { ...filter, sort: { field: 'at', direction: 'desc' } }, last),
      ...['x', '%%%', 'a'.repeat(100_000), forged(null), forged([]), forged({}), forged('x')],
      forged({ ...good, value: { $ne: 1 } }),
      forged({ ...good, value: undefined }),
      forged({ ...good, id: 7 }),
      forged({ ...good, id: ['x'] }),
    ];
    for (const token of tokens) {
      let error: unknown;
      try {
        parsePageToken('runs@1', filter, token);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject(stale);
    }
  });
});
