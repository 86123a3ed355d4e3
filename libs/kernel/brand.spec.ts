import { describe, expect, it } from '@jest/globals';
import { isDigest, isInstant, isStreamId, streamId, streamKind, streamUuid } from './index.js';

const uuid = '3f2504e0-4f89-51d3-9a0c-0305e82c3301';

describe('branded texts', () => {
  it('takes a digest only with its algorithm and 64 lower-case hex digits', () => {
    expect(isDigest(`sha256:${'ab'.repeat(32)}`)).toBe(true);
    for (const bad of ['ab'.repeat(32), `sha256:${'AB'.repeat(32)}`, `sha256:${'ab'.repeat(31)}`, 7, null])
      expect(isDigest(bad)).toBe(false);
  });

  it('takes an instant only in UTC, to the millisecond, and only one that exists', () => {
    expect(isInstant('2026-01-31T09:30:00.000Z')).toBe(true);
    for (const bad of ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000+01:00', '2026-13-01T00:00:00.000Z'])
      expect(isInstant(bad)).toBe(false);
  });

  it('takes a stream apart into its kind and its uuid', () => {
    const stream = streamId('run', uuid);
    expect(isStreamId(stream)).toBe(true);
    expect([streamKind(stream), streamUuid(stream)]).toEqual(['run', uuid]);
    expect(isStreamId('run-1')).toBe(false);
  });
});
