import { describe, expect, it } from '@jest/globals';
import { fold, type Digest, type Instant } from '#kernel';
import { edition, editionStream, type EditionEvent } from './index.js';

const taken: EditionEvent = {
  ...{ type: 'NamedEditionTaken', run: '9a8b7c6d-5e4f-5a3b-8c2d-1e0f9a8b7c6d' },
  ...{ core: `sha256:${'a'.repeat(64)}` as Digest, at: '2026-01-31T09:30:00.000Z' as Instant },
};

describe('a named edition', () => {
  it('is recorded once for each call, in a stream of its own', () => {
    const command = { type: 'RecordEdition', edition: taken } as const;
    expect(edition.decide(command, edition.initial)).toEqual([taken]);
    expect(edition.decide(command, fold(edition, [taken]))).toEqual([]);
    expect(editionStream('a')).toMatch(/^edition-[0-9a-f-]{36}$/);
    expect(editionStream('b')).not.toBe(editionStream('a'));
  });
});
