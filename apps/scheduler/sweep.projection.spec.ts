import { describe, expect, it } from '@jest/globals';
import { folded, foldToGolden, goldenBeside } from '#runtime/testing';
import { sweepMemberProjection } from './sweep-member.projection.js';
import { sweepProjection } from './sweep.projection.js';
import { done, stopped, sweepHistory } from './testing/sweep-history.js';

const projections = [sweepProjection, sweepMemberProjection];
const golden = goldenBeside(import.meta.url);

describe('read models of sweeps', () => {
  foldToGolden(projections, sweepHistory, golden);

  it('count every way to end, and know when nothing is left', () => {
    const sweeps = new Map(folded(sweepProjection, sweepHistory()).map((sweep) => [sweep.id, sweep]));
    expect(sweeps.get(done)).toMatchObject({
      status: 'completed',
      ...{ members: 4, submitted: 4, completed: 1, failed: 2, cancelled: 1 },
    });
    expect(sweeps.get(stopped)).toMatchObject({ status: 'cancelled', submitted: 1, cancelled: 1, space: '' });
  });

  it('are open until the last member ends', () => {
    const history = sweepHistory();
    for (let length = 1; length < 9; length++)
      expect(folded(sweepProjection, history.slice(0, length))).toMatchObject([{ id: done, status: 'open' }]);
    expect(folded(sweepProjection, history.slice(0, 9))).toMatchObject([{ id: done, status: 'completed' }]);
  });
});
