import { expect, it } from '@jest/globals';
import type { scheduler } from '#contracts';
import { eventually } from '../../apps/scheduler/testing/bench.js';
import { declare, ended, key, type Experiment } from '../support/experiment.js';
import { bothWays } from './both-ways.js';

const experiment = (namespace: string, more: object = {}): Experiment => ({
  namespace,
  name: 'tried',
  files: { 'try.sh': '#!/bin/sh\n' },
  knobs: { lr: 0.5, depth: 1 },
  blueprint: { knobs: { lr: 0.5, depth: 1 }, steps: { try: { run: ['./try.sh'] } }, ...more },
});
const knobsOf = ({ knobs }: { readonly knobs: Uint8Array }): unknown =>
  JSON.parse(String(Buffer.from(knobs)));

bothWays(
  'a sweep',
  (system) => {
    const client = () => system().connection.scheduler;
    const request = (namespace: string, axes: string[], more: object = {}) => ({
      ...{ namespace, blueprint: 'tried', axes, trials: 0, reason: 'to see', priority: 0, dryRun: false },
      ...more,
    });
    const sweepWhen = (
      { namespace, id }: Pick<scheduler.Sweep, 'namespace' | 'id'>,
      met: (answer: scheduler.GetSweepResponse) => boolean,
    ) =>
      eventually(async () => {
        const answer = await client().getSweep({ namespace, id, summary: false });
        return met(answer) ? answer : undefined;
      });

    it('over a grid, random and Sobol: its members follow from the space alone, and all of them run', async () => {
      const namespace = 'spaces';
      await declare(system(), experiment(namespace));
      const axes = ['lr=random(0,1)', 'depth=1,2'];
      const planned = await client().submitSweep(
        request(namespace, axes, { trials: 2, dryRun: true }),
        key(),
      );
      expect(planned.members.map(knobsOf)).toHaveLength(4);
      const again = await client().submitSweep(request(namespace, axes, { trials: 2, dryRun: true }), key());
      expect(again.members.map(knobsOf)).toEqual(planned.members.map(knobsOf));
      const longer = await client().submitSweep(request(namespace, axes, { trials: 4, dryRun: true }), key());
      for (const member of planned.members.map(knobsOf))
        expect(longer.members.map(knobsOf)).toContainEqual(member);
      const sobol = request(namespace, ['lr=sobol(0,1)'], { trials: 4, dryRun: true });
      expect((await client().submitSweep(sobol, key())).members.map(knobsOf)).toEqual(
        [0, 0.5, 0.75, 0.25]
          .map((lr) => ({ depth: 1, lr }))
          .map((one) => expect.objectContaining({ lr: one.lr })),
      );
      const { sweep } = await client().submitSweep(request(namespace, axes, { trials: 2 }), key());
      const done = await sweepWhen(
        sweep as scheduler.Sweep,
        (answer) => answer.sweep?.status === 'completed',
      );
      expect(done.sweep).toMatchObject({ members: 4, submitted: 4, completed: 4, failed: 0, cancelled: 0 });
      expect(done.members.map(knobsOf)).toEqual(planned.members.map(knobsOf));
      expect(new Set(done.members.map(({ run }) => run)).size).toBe(4);
    });

    it('that is cancelled submits nothing more, and ends what is open', async () => {
      const namespace = 'halted';
      // Nobody serves this pool: members wait.
      await declare(system(), experiment(namespace, { pool: 'nobody' }));
      const { sweep } = await client().submitSweep(request(namespace, ['depth=range(0,40)']), key());
      await sweepWhen(sweep as scheduler.Sweep, (answer) => answer.sweep?.submitted === 8);
      await client().cancelSweep({ namespace, id: sweep?.id ?? '', reason: 'enough' }, key());
      const { sweep: over, members } = await sweepWhen(
        sweep as scheduler.Sweep,
        (answer) => answer.sweep?.status === 'cancelled' && answer.sweep.cancelled === answer.sweep.submitted,
      );
      expect(over).toMatchObject({ members: 40, submitted: 8, cancelled: 8, completed: 0 });
      const [member] = members;
      const run = await ended(system(), { namespace, id: member?.run ?? '' });
      expect(run).toMatchObject({ status: 'RUN_STATUS_CANCELLED', attempts: [] });
    });
  },
  { env: { HOLDFAST_SWEEP_WINDOW: '8' } },
);
