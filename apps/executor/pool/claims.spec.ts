import { expect, it } from '@jest/globals';
import { DomainError, systemChance, systemClock } from '#kernel';
import type { scheduler } from '#contracts';
import { createLog } from '#platform';
import { keepClaiming } from './claims.js';
import type { SchedulerDoor } from './scheduler-door.js';

const assignment = { runId: 'r', epoch: 1 } as scheduler.Assignment;
interface Asked {
  readonly key: string | undefined;
  readonly freeSlots: number;
}

/** Claims with one slot; the first call is answered with a failure, and what happens then decides about the rest. */
async function claimed(afterFailure: (given: { enough: AbortController; fill: () => void }) => void) {
  const enough = new AbortController();
  const asked: Asked[] = [];
  const begun: unknown[] = [];
  let free = 1;
  const door = {
    claimNext({ freeSlots }, options) {
      asked.push({ key: options?.idempotencyKey, freeSlots });
      if (asked.length === 1) throw new DomainError('timeout', 'A_TEST', 'no answer');
      return Promise.resolve({ assignment });
    },
  } as Partial<SchedulerDoor> as SchedulerDoor;
  await keepClaiming({
    ...{ door, clock: systemClock, chance: systemChance },
    request: { executorId: 'x', pool: 'default', labels: {} },
    freeSlots: () => free,
    begin(one) {
      begun.push(one);
      enough.abort();
    },
    bell: {
      ring: () => undefined,
      wait: () => Promise.resolve(afterFailure({ enough, fill: () => (free = 0) })),
    },
    log: createLog({ service: 'executor', level: 'error' }),
    ...{ enough: enough.signal, signal: new AbortController().signal },
  });
  return { asked, begun };
}

it.each([
  ['while there is a slot', () => undefined, 1],
  ['when there is none any more', ({ fill }: { fill: () => void }) => fill(), 0],
  ['when no more work is to be taken', ({ enough }: { enough: AbortController }) => enough.abort(), 0],
])('a claim without an answer is asked again under its key, %s', async (_, afterFailure, freeSlots) => {
  const { asked, begun } = await claimed(afterFailure);
  expect(asked).toEqual([
    { key: asked[0]?.key, freeSlots: 1 },
    { key: asked[0]?.key, freeSlots },
  ]);
  expect(begun).toEqual([assignment]);
});
