import { describe, expect, it } from '@jest/globals';
import type { Digest, JsonObject } from '#kernel';
import { folded, foldToGolden, goldenBeside } from '#runtime/testing';
import { bundleProjection } from './bundle.projection.js';
import { digestsIn } from './digests-in.js';
import { toPublic } from './outbound.js';
import { referenceProjection, type ReferenceDocument } from './reference.projection.js';
import { reproductionProjection } from './reproduction.projection.js';
import { disposedProjection } from './retention/disposed.projection.js';
import { history } from './testing/history.js';

const projections = [bundleProjection, reproductionProjection, referenceProjection, disposedProjection];
const golden = goldenBeside(import.meta.url);
const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;

describe('read models', () => {
  foldToGolden(projections, history, golden);

  it('of references grow with a stream in pieces, and never by what was done to the store', () => {
    const [first] = history().filter(({ kind }) => kind === 'run');
    if (first === undefined) throw new Error('there is a run');
    const many = Array.from({ length: 100 }, (_, revision) => ({
      ...first,
      revision,
      data: { output: { digest: digest((revision % 10).toString()), sizeBytes: 1 } } as JsonObject,
    }));
    const documents = folded(referenceProjection, many) as ReferenceDocument[];
    expect(documents.map(({ id, blobs }) => [id.slice(-7), blobs.length])).toEqual([
      ['@000000', 10],
      ['@000001', 10],
      ['@000002', 10],
      ['@000003', 4],
    ]);
    const artifacts = history().filter(({ kind }) => kind === 'artifact');
    expect(artifacts.length).toBeGreaterThan(0);
    expect(folded(referenceProjection, artifacts)).toEqual([]);
  });
});

describe('digests in the data of an event', () => {
  it('are found wherever they are; those with a size, or in a field for blobs, are surely blobs', () => {
    const { blobs, mentions } = digestsIn({
      manifest: digest('a'),
      outputs: [{ digest: digest('b'), sizeBytes: 1, deep: { list: [[digest('c')]] } }],
      version: digest('d'),
      loose: { digest: digest('e') },
      note: `see ${digest('f')}`,
    });
    expect([...blobs].sort()).toEqual([digest('a'), digest('b')]);
    expect([...mentions].sort()).toEqual([digest('c'), digest('d'), digest('e')]);
  });

  it('are not those of values, and one that is surely a blob is told once', () => {
    const { blobs, mentions } = digestsIn({
      reproducibilityKey: digest('1'),
      requestDigest: digest('2'),
      sections: { cpu: digest('3') },
      core: digest('4'),
      also: digest('4'),
    });
    expect([[...blobs], [...mentions]]).toEqual([[digest('4')], []]);
  });
});

describe('public events', () => {
  it('are told of every stored type, without what is private', () => {
    const kinds = ['bundle', 'reproduction', 'artifact', 'retention', 'disposal'];
    const own = history().filter(({ kind }) => kinds.includes(kind));
    expect(own.map(toPublic)).toEqual(golden('outbound'));
    const [first] = own;
    expect(first && toPublic({ ...first, type: 'SomethingElse' })).toBeUndefined();
  });
});
