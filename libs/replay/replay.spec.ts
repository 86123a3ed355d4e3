import { describe, expect, it } from '@jest/globals';
import type { Digest, Instant, Json } from '#kernel';
import * as codecs from '#contracts/stored';
import { runCodec, type EventMetadata } from '#contracts/stored';
import type { RunEvent } from '#domain/run';
import { openFold, stateDifferences } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const metadata: Omit<EventMetadata, 'schemaVersion'> = {
  ...{ actor: { id: 'a', type: 'person', roles: [] }, correlationId: 'c', recordedAt: at },
  ...{ service: 't', serviceVersion: '1' },
};
const submitted: RunEvent = {
  ...{ type: 'RunSubmitted', namespace: 'n', blueprint: { name: 'n/b', version: 'sha256:b' as Digest } },
  ...{ requestDigest: 'sha256:a' as Digest, knobs: {}, pool: 'default', priority: 0, submittedAt: at },
};

describe('replay', () => {
  it('folds stored events by the decider of their kind', () => {
    const fold = openFold('run');
    expect(fold?.state()).toEqual({ status: 'absent' });
    fold?.add('RunSubmitted', runCodec.encode(submitted, metadata));
    expect(fold?.state()).toEqual({ status: 'submitted', requestDigest: 'sha256:a' });
    expect(() => fold?.add('RunPolished', runCodec.encode(submitted, metadata))).toThrow('RunPolished');
  });

  it('knows the state of every kind of stream that this release writes', () => {
    const stored = Object.keys(codecs).filter((name) => name.endsWith('Codec') && name !== 'eventCodec');
    expect(stored.length).toBeGreaterThan(20);
    for (const name of stored)
      expect([name, openFold(name.slice(0, -'Codec'.length))?.state()]).toEqual([name, expect.anything()]);
    expect(openFold('signature')?.state()).toEqual({ replaced: [], signatures: [] });
  });

  it('knows no state of a kind that it does not know', () => {
    expect([openFold('nonsense'), openFold('constructor')]).toEqual([undefined, undefined]);
  });

  it.each<[Json | undefined, Json | undefined, object[]]>([
    [{ a: 1, b: [1, 2] }, { a: 1, b: [1, 2] }, []],
    [undefined, { a: 1 }, [{ path: '', after: { a: 1 } }]],
    [{ 'a/b~': { c: 1 } }, { 'a/b~': { c: null } }, [{ path: '/a~1b~0/c', before: 1, after: null }]],
    [
      { a: [1, { b: 2 }] },
      { a: [1, { b: 3 }, 4] },
      [
        { path: '/a/1/b', before: 2, after: 3 },
        { path: '/a/2', after: 4 },
      ],
    ],
    [{ a: [] }, { a: {} }, [{ path: '/a', before: [], after: {} }]],
    [{ a: 1 }, {}, [{ path: '/a', before: 1 }]],
  ])('says where %j and %j differ', (before, after, differences) => {
    expect([...stateDifferences(before, after)]).toEqual(differences);
  });
});
