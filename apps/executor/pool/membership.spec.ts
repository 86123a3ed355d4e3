import { expect, it } from '@jest/globals';
import { systemChance, systemClock } from '#kernel';
import { createLog } from '#platform';
import { openAttempts } from './attempts.js';
import { keepMembership } from './membership.js';
import type { SchedulerDoor } from './scheduler-door.js';
import { openBell } from './wake.js';

it('an executor that is called sends a heartbeat at once, however long the next one is off', async () => {
  const left = new AbortController();
  const heard = Promise.withResolvers<string>();
  const call = openBell(systemClock);
  const door = {
    joinPool: () => Promise.resolve({ heartbeatMs: 3_600_000, leaseTtlMs: 3_600_000 }),
    heartbeat: () => Promise.resolve({ cancel: [], abandon: [], mode: 'cordoned', workWaiting: false }),
  } as unknown as SchedulerDoor;
  const membership = keepMembership({
    ...{ door, call, clock: systemClock, chance: systemChance, signal: left.signal },
    ...{ join: { executor: undefined, address: '' }, attempts: openAttempts(() => undefined) },
    log: createLog({ service: 'executor', level: 'error' }),
    onJoined: () => call.ring(),
    onHeard: ({ mode }) => heard.resolve(mode),
  });
  expect(await heard.promise).toBe('cordoned');
  left.abort();
  await membership;
});
