import { describe, expect, it } from '@jest/globals';
import type { Finding } from './findings.js';
import type { LoggedEvent } from './leaf.js';
import { reconciler } from './reconcile.js';

const most = 50_000;
const event = (index: number, stream = 'run-1'): LoggedEvent => ({
  ...{ index, stream, revision: index, eventId: `e${index}`, type: 'RunStarted' },
  ...{ recordedAt: '', bytesSha256: '' },
});

describe('places where store and log differ', () => {
  it('are kept up to a bound; what is beyond is told as missing or inserted, and summed up', () => {
    const told: Finding[] = [];
    const places = reconciler((finding) => told.push(finding));
    for (let index = 0; index < most + 7; index++)
      places.see({ index, logged: event(index), stored: event(index, 'run-2') });
    expect(told).toMatchObject(
      Array.from({ length: 7 }, (_, index) => ({ code: 'EVENT_MISSING', index, stream: 'run-1' })),
    );
    const extra = places.end(2 * most);
    expect(extra).toHaveLength(most);
    const counts = (code: string) => told.filter((one) => one.code === code).length;
    expect([counts('EVENT_MISSING'), counts('EVENT_INSERTED')]).toEqual([most + 7 + 1, 7]);
    expect(told).toContainEqual({
      code: 'EVENT_MISSING',
      message: `all that are missing: indexes 0–${most + 6}`,
    });
  });

  it('are summed up by their first ranges', () => {
    const told: Finding[] = [];
    const places = reconciler((finding) => told.push(finding));
    for (let index = 0; index < 300; index += 3) places.see({ index, logged: event(index) });
    places.end(300);
    expect(told.at(-1)?.message).toMatch(/indexes 0, 3, 6, .* 147 and more$/);
  });
});
