import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import { scheduler } from '#contracts';
import { probeIsolation } from '#sandbox';
import { declare, ended, submit, type Experiment } from '../support/experiment.js';
import { startTogether } from '../support/start-together.js';
import type { System } from '../support/system.js';
import { staying } from '../support/staying.js';
import { begun, misbehaviours, type Host, type Misbehaviour } from './misbehaving.js';
import { recorded, tracesOfSteps, type StepRecord } from './traces.js';

const { RUN_STATUS_COMPLETED, RUN_STATUS_FAILED } = scheduler.RunStatus;
const probe = await probeIsolation();
const levels = (['process', 'bubblewrap'] as const).filter((level) => probe[level].available);
/** As many bytes of stdout, and of stderr, are kept. */
const keptBytes = 16 * 2 ** 20;

const experimentOf = (
  level: string,
  { script, resources = {}, out = {} }: Misbehaviour,
  index: number,
): Experiment => ({
  namespace: `harm-${level}`,
  name: `harm-${index}`,
  files: { 'main.mjs': `${begun}${script}` },
  datasets: { birds: 'species\nowl\n' },
  blueprint: {
    isolation: level,
    data: { birds: { dataset: 'birds@1' } },
    steps: { harm: { run: ['node', 'main.mjs'], in: { raw: 'data.birds' }, out } },
    resources: { cpu: 0.5, memory: '256Mi', timeout: '180s', ...resources },
  },
});

/** Of every level at once: what is waited for is waited for once. */
let system: System;
const runs = new Map<string, readonly scheduler.Run[]>();
const steps = new Map<string, StepRecord>();
const watching = new AbortController();
let watched: Promise<void> = Promise.resolve();

const watch = async () => {
  while (!watching.signal.aborted) {
    for (const record of await recorded(system.dataDir)) steps.set(record.marker, record);
    await systemClock.sleep(15);
  }
};
beforeAll(async () => {
  system = await startTogether({ env: { HOLDFAST_SLOTS: '4' } });
  watched = watch();
  for (const level of levels) {
    const experiments = misbehaviours.map((one, index) => experimentOf(level, one, index));
    for (const experiment of experiments) await declare(system, experiment);
    runs.set(level, await Promise.all(experiments.map((experiment) => submit(system, experiment))));
  }
});
afterAll(() => system.close());

describe.each(levels)('at level %s a run whose step', (level) => {
  it.each(misbehaviours.map((one, index) => ({ ...one, index })))(
    '$what ends as promised, and what it said is kept within bounds',
    async ({ end, index }) => {
      const run = await ended(system, runs.get(level)?.[index] as scheduler.Run);
      const { ownUid, cgroup } = JSON.parse(String(run.isolation)) as { ownUid?: boolean; cgroup?: string[] };
      const host: Host = {
        level,
        ownUid: ownUid ?? process.getuid?.() !== 0,
        cgroup: cgroup?.length !== 0 && probe.cgroup.available,
      };
      const wanted = [typeof end === 'string' ? end : end(host)].flat();
      const { failureClass = 'completed', message } = run.failure ?? {};
      expect({ failureClass: wanted.includes(failureClass) ? wanted : failureClass, message }).toEqual({
        failureClass: wanted,
        message,
      });
      expect(run.status).toBe(failureClass === 'completed' ? RUN_STATUS_COMPLETED : RUN_STATUS_FAILED);
      expect(run.attempts).toHaveLength(1);
      const [step] = run.steps;
      const { digest = '', sizeBytes = 0 } = step?.stdout ?? {};
      expect(sizeBytes).toBeLessThanOrEqual(keptBytes);
      expect(step?.stderr?.sizeBytes).toBeLessThanOrEqual(keptBytes);
      const kept: Buffer[] = [];
      for await (const { data } of system.connection.provenance.getBlob({ digest, offset: 0, length: 6 }))
        kept.push(Buffer.from(data));
      expect(Buffer.concat(kept).toString()).toBe('begun\n');
    },
  );
});

it('leaves nothing on this machine, and the next run works', async () => {
  for (const level of levels) {
    const well = experimentOf(level, { what: '', script: '', end: '' }, misbehaviours.length);
    await declare(system, well);
    const run = await ended(system, await submit(system, well));
    expect(run).toMatchObject({ status: RUN_STATUS_COMPLETED });
  }
  watching.abort();
  await watched;
  // Those that last are seen; of a short one the record may be gone again between two looks.
  expect(steps.size).toBeGreaterThan(levels.length);
  expect(await staying(() => tracesOfSteps(system.dataDir, [...steps.values()]))).toEqual([]);
  await system.rebuildAll();
});
