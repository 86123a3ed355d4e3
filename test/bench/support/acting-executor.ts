import { systemChance } from '#kernel';
import { digestBytes } from '#evidence';
import type { common, scheduler } from '#contracts';
import type { Connection } from '#rpc';
import { key } from '../../support/experiment.js';

const pool = 'acting';
const metric = (name: string): scheduler.Metric => ({
  ...{ name, value: 0.5, count: 1, min: 0.5, max: 0.5, folds: 0 },
});
const metrics = ['a', 'b', 'c', 'd', 'e'].map(metric);

async function keep({ registry }: Connection, text: string): Promise<common.Blob> {
  const bytes = Buffer.from(text);
  const header = { digest: digestBytes(bytes), sizeBytes: bytes.length, offset: 0 };
  await registry.putBlob([
    { header, data: Buffer.alloc(0) },
    { header: undefined, data: bytes },
  ]);
  return { digest: header.digest, sizeBytes: bytes.length };
}

/** An executor that claims and tells over gRPC, and runs nothing: what is left is ours alone. */
export async function actingExecutor(connection: Connection, slots: number) {
  const { scheduler } = connection;
  const executorId = systemChance.uuid();
  const text = (await keep(connection, 'x'.repeat(1024))) as Required<common.Blob>;
  const [empty, fingerprint] = [await keep(connection, ''), await keep(connection, '{"os":"linux"}')];
  await scheduler.joinPool(
    {
      executor: {
        ...{ id: executorId, pool, labels: {}, slots, busy: 0, release: '0.1.0', mode: '' },
        ...{ isolation: ['process'], architecture: process.arch, joinedAt: undefined },
      },
      address: '',
    },
    key(),
  );
  const ask = { executorId, pool, labels: {}, freeSlots: 1 };
  const started: scheduler.AttemptReport['report'] = {
    $case: 'started',
    value: {
      ...{ fingerprint: fingerprint.digest, sections: { os: fingerprint.digest }, hostNotIsolated: true },
      isolation: Buffer.from('{"level":"process"}'),
    },
  };
  const stepOf = (epoch: number, index: number): scheduler.Step => ({
    ...{ name: `step-${index}`, status: 'completed', epoch, durationMs: 1, exitCode: 0, undeclared: [] },
    outputs: [{ name: 'out', path: 'out.bin', kind: 'file', ...text }],
    ...{ stdout: empty, stderr: empty, metrics: empty, summary: metrics, seed: 'ab'.repeat(32) },
  });

  /**
   * One slot: takes runs, acts out their steps and tells all of it at once, with what is next, as an executor does whose steps take
   * no time. Ends when so many runs have been taken by all slots.
   */
  async function act(taken: { left: number; readonly none: AbortController }, steps: number): Promise<void> {
    const first = () =>
      scheduler
        .claimNext({ ...ask, waitMs: 20_000 }, { ...key(), signal: taken.none.signal })
        .catch(() => ({ assignment: undefined }));
    let assignment: scheduler.Assignment | undefined;
    while (assignment !== undefined || taken.left > 0) {
      if ((assignment ??= (await first()).assignment) === undefined) continue;
      if (--taken.left === 0) taken.none.abort();
      const { runId, epoch } = assignment;
      const all: scheduler.AttemptReport['report'][] = [
        started,
        ...Array.from({ length: steps }, (_, i) => ({ $case: 'step', value: stepOf(epoch, i) }) as const),
        { $case: 'completed', value: { metrics } },
      ];
      const next = taken.left > 0 ? { ...ask, waitMs: 0 } : undefined;
      const said = { report: undefined, reports: all.map((report) => ({ report })), next };
      ({ assignment } = await scheduler.reportAttempt({ runId, epoch, executorId, ...said }, key()));
    }
  }
  return { pool, act };
}
