import type { Digest } from '#kernel';
import { digestBytes, treeDigest, treeSizeBytes, type Tree } from '#evidence';
import type { RunRecord } from '#domain/bundle';

/** The sample's manifest; its environment is an image of this repository where there is one. */
export function manifestOf(code: Tree, data: Digest, image?: string): RunRecord['manifest'] {
  return {
    v: 1,
    pinned: {
      code: { tree: treeDigest(code), sizeBytes: treeSizeBytes(code) },
      environment:
        image === undefined
          ? { kind: 'node', digest: digestBytes('node') }
          : { kind: 'image', digest: digestBytes('image'), image },
      data: { rows: { digest: data, format: 'csv' } },
      knobs: { l2: 0.1 },
      seed: { root: 7, method: 'hkdf-sha256/1' },
      determinism: { sourceDateEpoch: 315_532_800, network: false, variables: {} },
      steps: {
        train: { run: ['node', 'train.mjs'], in: { raw: { data: 'rows' } }, out: { model: 'model.json' } },
      },
      resources: { cpu: 1, memoryBytes: 2 ** 28, timeoutMs: 120_000, diskBytes: 2 ** 30, pids: 256 },
      ...{ isolation: null, architecture: 'x64', secrets: {} },
    },
    declared: {
      blueprint: { namespace: 'default', name: 'birds', version: digestBytes('version') },
      environment: { name: image === undefined ? 'node-26' : 'an-image' },
      why: 'Do bills tell?',
      metrics: {},
      retry: { attempts: 1, on: [] },
      datasets: { rows: 'birds@1' },
      ...{ pool: 'default', labels: {} },
    },
  };
}
