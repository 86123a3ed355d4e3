import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scheduler } from '#contracts';
import { decodeEnvelope } from '#contracts/stored';
import type { Connection } from '#rpc';
import { eventually, executorOn } from '../../apps/scheduler/testing/bench.js';
import { declare, ended, key, reason, submit, type Experiment } from '../support/experiment.js';
import { slots, startCrowd, type Crowd } from './crowd.js';

const { RUN_STATUS_COMPLETED, RUN_STATUS_QUEUED } = scheduler.RunStatus;
const namespace = 'races';
const clients = 20;
let crowd: Crowd;

beforeAll(async () => {
  crowd = await startCrowd({ HOLDFAST_HEARTBEAT_MS: '300', HOLDFAST_LEASE_TTL_MS: '12000' });
});
afterAll(() => crowd.close());

/** One step; in a pool of its own it is run only by executors that the test plays. */
const trivial = (name: string, pool = 'default'): Experiment => ({
  namespace,
  name,
  files: {
    'main.sh': "#!/bin/sh\necho '{}' > outputs/model.json\n",
  },
  knobs: { scale: 1 },
  blueprint: {
    pool,
    knobs: { scale: 1 },
    steps: { train: { run: ['./main.sh'], out: { model: 'model.json' } } },
  },
});
const other = (index: number): Connection => crowd.byScheduler[index % 2 === 0 ? 0 : 1];
const request = (name: string, priority = 0) => {
  const what = { $case: 'blueprint', value: name } as const;
  return { namespace, what, overrides: Buffer.alloc(0), reason, priority, dryRun: false };
};
const settled = <T>(calls: readonly Promise<T>[]) => Promise.allSettled(calls);

async function* events(...kinds: string[]) {
  for await (const batch of crowd.eventStore.readAll({ kinds }))
    for (const { stream, type, bytes } of batch) yield { stream, type, data: decodeEnvelope(bytes).data };
}
const typesOf = async (id: string): Promise<string[]> => {
  const all = await Array.fromAsync(events('run'));
  return all.filter(({ stream }) => stream === `run-${id}`).map(({ type }) => type);
};
/** An executor that the test plays, on one of the schedulers. */
async function player(index: number, pool: string) {
  const blob = async (text: string) => {
    const { digest, sizeBytes } = await crowd.artifacts.put(Buffer.from(text));
    return { digest, sizeBytes };
  };
  const executor = executorOn(other(index), { blob });
  await executor.join({ pool });
  return executor;
}

describe('clients that use one idempotency key at once', () => {
  it('on two schedulers: one run, one answer', async () => {
    await declare(crowd, trivial('once', 'nobody'));
    const options = key();
    const calls = Array.from({ length: clients }, (_, i) =>
      other(i).scheduler.submitRun(request('once'), options),
    );
    const answers = await Promise.all(calls);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    for (const { run, position } of answers)
      expect({ run, position }).toEqual({ run: answers[0]?.run, position: answers[0]?.position });
    expect(answers[0]?.run).toMatchObject({ status: RUN_STATUS_QUEUED, problems: [] });
    expect(await typesOf(answers[0]?.run?.id ?? '')).toEqual(['RunSubmitted', 'RunAdmitted']);
    await expect(other(1).scheduler.submitRun(request('once', 5), options)).rejects.toMatchObject({
      kind: 'already-exists',
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('for two requests: one of them is carried out, the other one refused', async () => {
    await declare(crowd, trivial('either', 'nobody'));
    const options = key();
    const outcomes = await settled(
      Array.from({ length: clients }, (_, i) =>
        other(i).scheduler.submitRun(request('either', i % 4 < 2 ? 1 : 2), options),
      ),
    );
    const runs = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value.run] : []));
    expect(new Set(runs.map((run) => `${run?.id} ${run?.priority}`)).size).toBe(1);
    const refusals = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    expect(refusals).toHaveLength(clients / 2);
    for (const refusal of refusals)
      expect(refusal).toMatchObject({ kind: 'already-exists', code: 'IDEMPOTENCY_KEY_REUSED' });
  });
});

describe('executors that race', () => {
  it('for one run, at two schedulers: one has it', async () => {
    await declare(crowd, trivial('contested', 'contested'));
    const run = await submit(crowd, trivial('contested'));
    const players = await Promise.all(Array.from({ length: 10 }, (_, i) => player(i, 'contested')));
    const claim = async () => {
      const claims = await Promise.all(players.map((one) => one.claim({ pool: 'contested' })));
      return claims.flatMap((assignment, i) => (assignment ? [{ assignment, by: players[i] }] : []));
    };
    const claimed = await eventually(async () => {
      const found = await claim();
      return found.length > 0 && found;
    });
    expect(claimed.map(({ assignment }) => [assignment.runId, assignment.epoch])).toEqual([[run.id, 1]]);
    await claimed[0]?.by?.finish(claimed[0].assignment);
    expect((await ended(crowd, run)).status).toBe(RUN_STATUS_COMPLETED);
  });

  it('for twenty runs: each is claimed once, none is lost, and no executor holds more than its slots', async () => {
    await declare(crowd, trivial('shared'));
    const submitted = await Promise.all(
      Array.from({ length: clients }, (_, i) => other(i).scheduler.submitRun(request('shared'), key())),
    );
    const ids = submitted.map(({ run }) => run?.id ?? '');
    expect(new Set(ids).size).toBe(clients);
    for (const id of ids) {
      const { status, attempts } = await ended(crowd, { namespace, id });
      expect({ status, attempts: attempts.map(({ epoch }) => epoch) }).toEqual({
        status: RUN_STATUS_COMPLETED,
        attempts: [1],
      });
    }
    const held = new Map<string, Set<string>>();
    const most = new Map<string, number>();
    for await (const { stream, type, data } of events('run')) {
      if (!ids.includes(stream.slice('run-'.length))) continue;
      if (type === 'RunClaimed') {
        const executor = String(data['executor']);
        const own = held.get(executor) ?? new Set();
        held.set(executor, own.add(stream));
        most.set(executor, Math.max(most.get(executor) ?? 0, own.size));
      } else if (type === 'RunCompleted') for (const own of held.values()) own.delete(stream);
    }
    expect(most.size).toBe(2);
    for (const [, count] of most) expect(count).toBeLessThanOrEqual(slots);
  });
});

describe('schedulers that see the same sweep', () => {
  it('submit each member once, whoever of them was asked', async () => {
    await declare(crowd, trivial('swept'));
    const options = key();
    const about = { namespace, blueprint: 'swept', axes: ['scale=range(1,7)'], trials: 0, reason };
    const calls = [0, 1, 2, 3].map((i) =>
      other(i).scheduler.submitSweep({ ...about, priority: 0, dryRun: false }, options),
    );
    const answers = await Promise.all(calls);
    const id = answers[0]?.sweep?.id ?? '';
    expect(new Set(answers.map(({ sweep }) => sweep?.id)).size).toBe(1);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    for (const { scheduler } of crowd.byScheduler)
      await eventually(async () => {
        const { sweep } = await scheduler.getSweep({ namespace, id, summary: true });
        return sweep?.status === 'completed' && sweep.completed === 6;
      });
    const all = await Array.fromAsync(events('run'));
    const ofSweep = (wanted: string) =>
      all
        .filter(
          ({ type, data }) => type === wanted && (data['sweep'] as { id?: string } | undefined)?.id === id,
        )
        .map(({ stream }) => stream);
    for (const type of ['RunSubmitted', 'RunCompleted']) {
      expect(ofSweep(type)).toHaveLength(6);
      expect(new Set(ofSweep(type)).size).toBe(6);
    }
  });
});

describe('a lease that is ended although its executor lives', () => {
  it('ends once, the late report is refused, and the result of the new attempt stands', async () => {
    await declare(crowd, trivial('fenced', 'fenced'));
    const run = await submit(crowd, trivial('fenced'));
    const [silent, quick] = [await player(0, 'fenced'), await player(1, 'fenced')];
    const first = await eventually(() => silent.claim({ pool: 'fenced' }));
    await silent.started(first);
    // Both schedulers watch the lease; nobody keeps it alive.
    const second = await eventually(() => quick.claim({ pool: 'fenced' }));
    expect([second.runId, second.epoch]).toEqual([first.runId, 2]);
    await expect(silent.step(first)).rejects.toMatchObject({ kind: 'rule', code: 'STALE_EPOCH' });
    await quick.finish(second, 0.8);
    await expect(silent.completed(first, 0.1)).rejects.toMatchObject({ kind: 'rule', code: 'STALE_EPOCH' });
    const { status, metrics, attempts } = await ended(crowd, run);
    expect({ status, value: metrics[0]?.value }).toEqual({ status: RUN_STATUS_COMPLETED, value: 0.8 });
    expect(attempts.map(({ epoch, outcome }) => [epoch, outcome])).toEqual([
      [1, 'lease-expired'],
      [2, 'completed'],
    ]);
    const types = await typesOf(run.id);
    expect(types).toEqual([
      ...['RunSubmitted', 'RunAdmitted', 'RunClaimed', 'RunStarted', 'RunLeaseExpired', 'RunRetried'],
      ...['RunClaimed', 'RunStarted', 'StepCompleted', 'RunCompleted'],
    ]);
  });
});

it('after all of it every read model is what history says', () => crowd.rebuildAll());
