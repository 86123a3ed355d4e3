import { describe, expect, it } from '@jest/globals';
import { DomainError, systemClock } from '#kernel';
import type { Position } from '#event-store';
import { openView } from './view.js';
import { openWatermark } from './watermark.js';

const at = (position: number) => String(position) as Position;
const compare = (a: Position, b: Position) => Number(a) - Number(b);

describe('a read model that was lost', () => {
  it('is as far as it is built again, not as far as it was', async () => {
    const watermark = openWatermark(compare, systemClock);
    watermark.advance(at(7));
    watermark.fallBack();
    expect(watermark.passed(at(1))).toBe(false);
    const reached = watermark.reached(at(3), 60_000);
    watermark.advance(at(2));
    expect([watermark.passed(at(2)), watermark.isAwaited()]).toEqual([true, true]);
    watermark.advance(at(3));
    await reached;
    watermark.fallBack(at(2));
    await expect(watermark.reached(at(3), 1)).rejects.toMatchObject({ code: 'NOT_CAUGHT_UP' });
  });

  it('is unavailable: that a thing is not found would be an answer', async () => {
    const lost = new DomainError('not-found', 'COLLECTION_NOT_FOUND', 'there is no collection totals@1.1');
    const readStore = { getMany: () => Promise.reject(lost) };
    const view = openView(
      readStore as never,
      'totals@1',
      () => Promise.resolve('totals@1.1'),
      () => undefined,
    );
    await expect(view.get('a')).rejects.toMatchObject({ kind: 'unavailable', code: 'NOT_READY' });
  });
});
