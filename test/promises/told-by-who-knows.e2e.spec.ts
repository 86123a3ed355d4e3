import { expect, it } from '@jest/globals';
import { systemChance } from '#kernel';
import { executorOn } from '../../apps/scheduler/testing/bench.js';
import { declare, key, reason, submit, type Experiment } from '../support/experiment.js';
import { historyOf } from '../support/outcomes.js';
import { onOneSystem } from './on-one-system.js';

const namespace = 'attested';
const experiment: Experiment = {
  namespace,
  name: 'one',
  files: { 'train.mjs': '' },
  datasets: { birds: 'species\nowl\n' },
  knobs: { learningRate: 0.5 },
  blueprint: {
    pool: 'nobody',
    knobs: { learningRate: 0.5 },
    data: { birds: { dataset: 'birds@1' } },
    steps: { train: { run: ['node', 'train.mjs'], out: { model: 'model.json' } } },
  },
};
const problemsOf = (work: Promise<unknown>) =>
  work.then(
    () => [],
    (error: { code?: string; problems?: readonly { field: string; fix?: string }[] }) =>
      error.problems?.length ? error.problems : [{ field: error.code ?? String(error), fix: undefined }],
  );

onOneSystem(
  'outputs are attested by the executor that made them; what is declared is what it says',
  (system) => {
    const registry = () => system().connection.registry;
    const json = (value: unknown) => Buffer.from(JSON.stringify(value));

    it('a lock that was edited by hand is refused, whatever it claims', async () => {
      const version = await declare(system(), { ...experiment, name: 'forged' });
      const { blueprint } = await registry().getBlueprint({ namespace, ref: `forged@${version}` });
      const [document, lock] = [blueprint?.document, blueprint?.lock].map(
        (bytes) => JSON.parse(String(Buffer.from(bytes ?? []))) as Record<string, unknown>,
      );
      const fabricated = `sha256:${'f'.repeat(64)}`;
      const data = (lock?.['data'] as Record<string, object>)['birds'];
      /** What is refused when it is declared, else when it is resolved. */
      const refusalOf = async (edited: object) => {
        const request = { namespace, document: json(document), lock: json({ ...lock, ...edited }), reason };
        const declared = await registry()
          .declareBlueprint(request, key())
          .catch((error: { code: string; problems: unknown[] }) => error);
        if (!('blueprint' in declared)) return ['refused'];
        const ref = `forged@${declared.blueprint?.version}`;
        const { problems, reproducibilityKey } = await registry().resolve({
          ...{ namespace, ref, overrides: Buffer.alloc(0) },
        });
        return problems.length > 0 && reproducibilityKey === '' ? ['refused'] : ['taken', problems];
      };
      expect(await refusalOf({})).toEqual(['taken', []]);
      expect(await refusalOf({ data: { birds: { ...data, digest: fabricated } } })).toEqual(['refused']);
      // The size of data is for people; that of the code is in the key.
      const code = lock?.['code'] as object;
      expect(await refusalOf({ code: { ...code, sizeBytes: 1 } })).toEqual(['refused']);
      expect(await refusalOf({ code: { tree: fabricated, sizeBytes: 1 } })).toEqual(['refused']);
      expect(await refusalOf({ outputs: { model: fabricated } })).toEqual(['refused']);
      expect(await refusalOf({ environment: { name: 'node-26', kind: 'node', digest: fabricated } })).toEqual(
        ['refused'],
      );
    });

    it('nobody but the holder of the lease reports outputs, and only of bytes that are there', async () => {
      await declare(system(), experiment);
      const run = await submit(system(), experiment);
      const blob = async (text: string) => {
        const { digest, sizeBytes } = await system().artifacts.put(Buffer.from(text));
        return { digest, sizeBytes };
      };
      const [holder, other] = [1, 2].map(() => executorOn(system().connection, { blob }));
      for (const executor of [holder, other])
        await executor?.join({ pool: 'nobody', architecture: process.arch });
      const unclaimed = { runId: run.id, epoch: 1 } as never;
      expect(await problemsOf(other!.step(unclaimed))).not.toEqual([]);
      let assignment;
      while (assignment === undefined) assignment = await holder?.claim({ pool: 'nobody' });
      await holder?.started(assignment);
      await expect(other!.step(assignment)).rejects.toMatchObject({ code: 'NOT_THE_HOLDER' });
      const absent = { name: 'model', path: 'model.json', kind: 'file', sizeBytes: 3 };
      const output = { ...absent, digest: `sha256:${systemChance.uuid().replaceAll('-', '').repeat(2)}` };
      expect(await problemsOf(holder!.step(assignment, { outputs: [output] }))).not.toEqual([]);
      const told = await historyOf(system(), { subject: run.id });
      expect(told.map(({ type }) => type)).not.toContain('StepCompleted');
    });

    it('unknown and wrongly typed parameters are refused, with the nearest name', async () => {
      const version = await declare(system(), experiment);
      const refused = async (overrides: object) => {
        const { problems, reproducibilityKey } = await registry().resolve({
          ...{ namespace, ref: `one@${version}`, overrides: json(overrides) },
        });
        return [reproducibilityKey, problems.map(({ field }) => field), problems[0]?.fix ?? ''];
      };
      expect(await refused({ learningRat: 0.1 })).toEqual([
        ...['', ['knobs.learningRat'], expect.stringContaining('did you mean learningRate?')],
      ]);
      expect(await refused({ learningRate: 'abc' })).toEqual(['', ['knobs.learningRate'], expect.anything()]);
      expect((await refused({ typo: 3, learningRate: true }))[1]).toEqual([
        'knobs.typo',
        'knobs.learningRate',
      ]);
      await expect(submit(system(), { ...experiment, overrides: { learningRat: 1 } })).rejects.toThrow(
        /learningRat/,
      );
    });
  },
);
