import { systemChance } from '#kernel';
import { digestBytes } from '#evidence';
import type { common, scheduler } from '#contracts';
import type { Connection } from '#rpc';
import { key } from '../../support/experiment.js';

const pool = 'acting';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
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
  const tell = ({ runId, epoch }: scheduler.Assignment, report: scheduler.ReportAttemptRequest['report']) =>
    scheduler.reportAttempt({ runId, epoch, executorId, report }, key());
  const started: scheduler.ReportAttemptRequest['report'] = {
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

  /** Claims one run, acts out its steps and tells its end. */
  async function act(steps: number): Promise<void> {
    const claim = { executorId, pool, labels: {}, freeSlots: 1 };
    let assignment: scheduler.Assignment | undefined;
    while ((assignment = (await scheduler.claimNext(claim, key())).assignment) === undefined) await pause(1);
    await tell(assignment, started);
    for (let i = 0; i < steps; i++)
      await tell(assignment, { $case: 'step', value: stepOf(assignment.epoch, i) });
    await tell(assignment, { $case: 'completed', value: { metrics } });
  }
  return { pool, act };
}
