import { describe, expect, it } from '@jest/globals';
import { fold, streamId, type Digest, type Instant } from '#kernel';
import { nameId } from '#evidence';
import { datasetVersionId } from '#domain/dataset';
import { disposal, disposalStream, subjectOf, type ArtifactsDisposed, type DisposalEvent } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const run = nameId('run', 'x');
const tombstone: ArtifactsDisposed = {
  ...{ type: 'ArtifactsDisposed', run, namespace: 'penguins', artifacts: ['logs'], class: 'short' },
  ...{ authority: 'policy 7', early: false, part: 1, parts: 1, at },
  blobs: [{ digest: `sha256:${'a'.repeat(64)}` as Digest, sizeBytes: 10 }],
};
const dispose = { type: 'Dispose', tombstone } as const;
const finish = { type: 'FinishDisposal', blobs: 1, bytes: 10, left: 0, at } as const;
const hold = streamId('hold', nameId('hold', 'x'));
const withdraw = { type: 'WithdrawDisposal', hold, gone: [], at } as const;
const finished: DisposalEvent = { ...finish, type: 'DisposalFinished' };
const withdrawn: DisposalEvent = { ...withdraw, type: 'DisposalWithdrawn' };

describe('disposal', () => {
  it.each([
    ['begins with the tombstone', [], dispose, [tombstone]],
    ['which is set once', [tombstone], dispose, []],
    ['ends when the bytes are gone', [tombstone], finish, [finished]],
    ['ends once', [tombstone, finished], finish, []],
    ['is withdrawn by a hold', [tombstone], withdraw, [withdrawn]],
    ['not after its end', [tombstone, finished], withdraw, []],
    ['says what has gone all the same', [tombstone, withdrawn], finish, [finished]],
    ['can come again', [tombstone, withdrawn], dispose, [tombstone]],
    ['ends nothing that did not begin', [], finish, []],
  ] as const)('%s', (_, given, when, then) => {
    expect(disposal.decide(when, fold(disposal, given))).toEqual(then);
  });

  it('refuses another while one is under way', () => {
    const other = { ...dispose, tombstone: { ...tombstone, authority: 'another' } };
    expect(() => disposal.decide(other, fold(disposal, [tombstone]))).toThrow(
      expect.objectContaining({ kind: 'conflict', code: 'DISPOSAL_UNDER_WAY' }),
    );
  });

  it('is of a run, or of a version of a dataset', () => {
    const { run: _, ...rest } = tombstone;
    const dataset = { name: 'birds', number: 2 };
    expect(subjectOf(tombstone)).toEqual({ id: run, namespace: 'penguins' });
    const id = datasetVersionId('penguins', 'birds', 2);
    expect(subjectOf({ ...rest, dataset })).toEqual({ id, namespace: 'penguins', dataset });
    const others = [datasetVersionId('penguins', 'birds', 1), datasetVersionId('penguins', 'bird', 2)];
    expect(new Set([id, ...others, run]).size).toBe(4);
  });

  it('has one stream for each run, and remembers the last tombstone', () => {
    expect(disposalStream(run)).toBe(`disposal-${run}`);
    expect(fold(disposal, [tombstone, withdrawn])).toEqual({ status: 'withdrawn', tombstone, hold });
    expect(fold(disposal, [tombstone, finished])).toEqual({ status: 'finished', tombstone, left: 0 });
  });
});
