import { describe, expect, it } from '@jest/globals';
import { fold, type Digest, type Instant } from '#kernel';
import { artifact, maxDigests, type ArtifactCommand, type ArtifactEvent } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const digests = (count: number) =>
  Array.from({ length: count }, (_, i) => `sha256:${String(i).padStart(64, '0')}` as Digest);
const start: ArtifactCommand = { type: 'StartCollection', olderThanMs: 1000, at };
const finish = (count = 1): ArtifactCommand => ({
  type: 'FinishCollection',
  result: { blobsSeen: 9, blobsRemoved: count, bytesRemoved: 5, digests: digests(count) },
  at,
});
const scrub: ArtifactCommand = {
  type: 'RecordScrub',
  result: { blobs: 1, bytes: 2, corrupt: digests(1), corruptTotal: 1, missing: [], missingTotal: 0 },
  at,
};
const given = (...commands: ArtifactCommand[]): ArtifactEvent[] => {
  const events: ArtifactEvent[] = [];
  for (const command of commands) events.push(...artifact.decide(command, fold(artifact, events)));
  return events;
};

describe('artifact', () => {
  it('says that a collection begins, then what it took; a repeat says nothing', () => {
    const events = given(start, start, finish(), finish(), start);
    expect(events.map(({ type }) => type)).toEqual(['CollectionStarted', 'CollectionFinished']);
    expect(fold(artifact, events)).toMatchObject({ status: 'collected', result: { blobsRemoved: 1 } });
  });

  it('names a bounded number of digests and counts all', () => {
    const [, finished] = given(start, finish(maxDigests + 5));
    expect(finished).toMatchObject({ blobsRemoved: maxDigests + 5 });
    expect(finished).toHaveProperty('digests.length', maxDigests);
  });

  it('keeps a scrub once', () => {
    expect(given(scrub, scrub)).toMatchObject([{ type: 'ScrubFinished', corruptTotal: 1 }]);
  });

  it('refuses one id for two things', () => {
    const reused = expect.objectContaining({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(() => given(start, { ...start, olderThanMs: 2 })).toThrow(reused);
    expect(() => given(start, scrub)).toThrow(reused);
    expect(() => given(scrub, start)).toThrow(reused);
    expect(() => given(finish())).toThrow(expect.objectContaining({ code: 'COLLECTION_NOT_STARTED' }));
  });
});
