import { randomFillSync } from 'node:crypto';
import { copyFileSync, createReadStream, createWriteStream, linkSync, mkdirSync, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { systemClock } from '#kernel';
import { digestBytes, digestStream, treeManifest, treeOf } from '#evidence';
import { openFileArtifactStore } from '#artifact-store/file';
import { nodeEnvironment, openSandbox, type StepSpec } from '#sandbox';
import type { Program } from '../harness/figure.js';
import { temporaryFolder } from '../support/folder.js';

const pieceBytes = 2 ** 20;
/** A step takes longer or shorter by more than this, so no less can be told from nothing. */
const leastMs = 1;
const times = 10;
const none = `sha256:${'0'.repeat(64)}`;
const script = Buffer.from('#!/bin/sh\nexit 0\n');
const code = treeOf([
  { path: 'run.sh', sizeBytes: script.length, digest: digestBytes(script), mode: '100755' },
]);

async function ms(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function* randomBytes(sizeMb: number) {
  for (let i = 0; i < sizeMb; i++) yield randomFillSync(Buffer.alloc(pieceBytes));
  await Promise.resolve();
}

/** The first and the second step of a sandbox that need a dataset, each less a step that needs none. */
export const materialise: Program = async (full) => {
  const sizeMb = full ? 1024 : 96;
  const folder = await temporaryFolder('materialise');
  const store = await openFileArtifactStore({ dir: folder.at('store') });
  await store.put(script);
  const { digest: tree } = await store.put(treeManifest(code));
  const { digest } = await store.put(randomBytes(sizeMb));
  const original = folder.at('original');
  await pipeline(store.get(digest), createWriteStream(original));
  const { digest: nodeDigest } = await nodeEnvironment(process.execPath);
  let sandboxes = 0;

  const spec = (withData: boolean): StepSpec => ({
    ...{ step: 'use', fold: null, argv: ['./run.sh'], code: tree, params: Buffer.from('{}') },
    environment: { kind: 'node', nodePath: process.execPath, digest: nodeDigest },
    inputs: withData ? [{ path: 'data', blob: digest }] : [],
    ...{ outputs: {}, network: false, runKey: none, seed: '0'.repeat(64), sourceDateEpoch: 0 },
    limits: { timeoutMs: 60_000, memoryBytes: 2 ** 30, cpu: 1, pids: 64, diskBytes: 2 ** 28 },
  });
  return {
    async ours() {
      const scratchDir = folder.at(`scratch-${sandboxes++}`);
      const sandbox = await openSandbox({ level: 'process', scratchDir, store, clock: systemClock });
      const run = async (withData: boolean) => {
        const outcome = await sandbox.runStep(spec(withData));
        if (outcome.status === 'failed') throw new Error(outcome.failure.message);
      };
      await run(false);
      const first = await ms(() => run(true));
      // By turns, and the least of each: what else goes on only ever adds.
      let [without, again] = [Infinity, Infinity];
      for (let i = 0; i < times; i++) {
        without = Math.min(without, await ms(() => run(false)));
        again = Math.min(again, await ms(() => run(true)));
      }
      await sandbox.close();
      return { 'materialise.again': (first - without) / Math.max(again - without, leastMs) };
    },
    async bare() {
      const dir = folder.at('bare');
      mkdirSync(dir);
      const first = await ms(async () => {
        copyFileSync(original, `${dir}/copy`);
        await digestStream(createReadStream(original));
      });
      const again = await ms(() => Promise.resolve(linkSync(`${dir}/copy`, `${dir}/link`)));
      rmSync(dir, { recursive: true });
      return { 'materialise.again': first / Math.max(again, leastMs) };
    },
    ...(full ? {} : { smaller: { 'materialise.again': `${sizeMb} MiB` } }),
    async close() {
      await store.close();
      await folder.remove();
    },
  };
};
