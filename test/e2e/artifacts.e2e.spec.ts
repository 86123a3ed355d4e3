import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { systemClock, type Digest } from '#kernel';
import { damageOnDisk } from '#artifact-store/testing';
import type { provenance } from '#contracts';
import { isSealed, runOf } from '../support/outcomes.js';
import { key, reason, type Experiment } from '../support/experiment.js';
import { bothWays } from './both-ways.js';

const experiment = (namespace: string): Experiment => ({
  namespace,
  name: 'kept',
  files: {
    'main.mjs': `import { writeFileSync } from 'node:fs'; writeFileSync('outputs/model', '${namespace} '.repeat(500));`,
  },
  blueprint: { steps: { main: { run: ['node', 'main.mjs'], out: { model: 'model' } } } },
});
const storeIn = (dataDir: string): string => {
  const both = ['artifacts', 'shared/artifacts'].map((path) => join(dataDir, path));
  return both.find((path) => existsSync(path)) ?? dataDir;
};

bothWays(
  'artifacts',
  (system) => {
    const client = () => system().connection.provenance;
    const collected = async (dryRun: boolean) => {
      const answers = await Array.fromAsync(
        client().collectGarbage({ dryRun, reason, olderThanMs: 1 }, key()),
      );
      return answers.flatMap(({ removed }) => removed.map(({ digest }) => digest));
    };
    const scrubbed = async () =>
      (await Array.fromAsync(client().scrub({}))).at(-1) as provenance.ScrubResponse;

    it('add up by owner, and only what nothing refers to is ever removed', async () => {
      const run = await runOf(system(), experiment('kept'));
      const sealed = await isSealed(system(), run);
      const { artifacts } = system();
      const { digest: stray } = await artifacts.put(Buffer.from('nobody refers to this'));
      const { owners, totalBytes, totalBlobs, unreferencedBytes, unreferencedBlobs } =
        await client().getUsage({ namespace: '' }, sealed);
      const stored = (await Array.fromAsync(artifacts.list())).map(({ sizeBytes }) => sizeBytes);
      expect([Number(totalBlobs), Number(totalBytes)]).toEqual([
        stored.length,
        stored.reduce((sum, size) => sum + size, 0),
      ]);
      expect([Number(unreferencedBlobs), Number(unreferencedBytes)]).toEqual([1, 21]);
      const exclusive = owners.reduce((sum, owner) => sum + Number(owner.exclusiveBytes), 0);
      expect(exclusive).toBeLessThanOrEqual(Number(totalBytes) - 21);
      expect(owners.reduce((sum, owner) => sum + Number(owner.bytes), 0)).toBeGreaterThanOrEqual(
        Number(totalBytes) - 21,
      );
      expect(owners.map(({ owner }) => owner)).toEqual(
        expect.arrayContaining([expect.stringContaining(run.id)]),
      );

      const old = await artifacts.stat(stray);
      while (systemClock.now() <= String(old?.storedAt)) await systemClock.sleep(1);
      const before = new Set((await Array.fromAsync(artifacts.list())).map(({ digest }) => digest));
      expect(await collected(true)).toEqual([stray]);
      expect(await artifacts.missing([...before])).toEqual([]);
      expect(await collected(false)).toEqual([stray]);
      expect(await artifacts.missing([...before])).toEqual([stray]);
      expect(await collected(false)).toEqual([]);
    });

    it('that were damaged on disk are named, and never served', async () => {
      const run = await runOf(system(), experiment('damaged'));
      await isSealed(system(), run);
      const [model] = run.steps[0]?.outputs ?? [];
      const digest = model?.digest as Digest;
      expect(await scrubbed()).toMatchObject({ corrupt: [], missing: [], done: true });
      const whole = await system().artifacts.read(digest);
      await damageOnDisk(storeIn(system().dataDir), digest, 'flipped');
      expect(await scrubbed()).toMatchObject({ corrupt: [digest], missing: [] });
      await expect(Array.fromAsync(client().getBlob({ digest, offset: 0 }))).rejects.toMatchObject({
        kind: 'integrity',
      });
      await expect(
        Array.fromAsync(
          client().exportBundle({
            namespace: 'damaged',
            runId: run.id,
            withData: false,
            withEnvironment: false,
            withoutProofs: true,
          }),
        ),
      ).rejects.toMatchObject({ kind: 'integrity' });
      // The right bytes put again heal it.
      await system().artifacts.put(whole);
      expect(await scrubbed()).toMatchObject({ corrupt: [], missing: [] });
    });
  },
  { env: { HOLDFAST_GC_MIN_AGE_MS: '0' } },
);
