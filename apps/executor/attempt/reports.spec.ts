import { describe, expect, it } from '@jest/globals';
import { DomainError, systemChance, systemClock, type Clock, type ErrorKind } from '#kernel';
import type { SchedulerDoor } from '../pool/scheduler-door.js';
import { openReports, type Report } from './reports.js';

const clock: Clock = { ...systemClock, sleep: () => Promise.resolve() };
const assignment = {
  runId: 'r',
  epoch: 2,
  manifest: '',
  reproducibilityKey: '',
  namespace: '',
  correlationId: 'c',
  causationId: 'e',
};
const end: Report = { $case: 'completed', value: { metrics: [] } };

/** What was asked, and how it went on, when the scheduler fails in this way as often. */
async function tell(kind: ErrorKind, times: number) {
  const calls: unknown[] = [];
  const refused: unknown[] = [];
  const door = {
    async reportAttempt(request, options) {
      calls.push([
        request.report?.$case,
        options?.idempotencyKey,
        options?.correlationId,
        options?.causationId,
      ]);
      if (calls.length <= times) throw new DomainError(kind, 'A_TEST', kind);
      return Promise.resolve({ position: '', cancel: false });
    },
  } as Partial<SchedulerDoor> as SchedulerDoor;
  const reports = openReports({
    door,
    executorId: 'x',
    assignment,
    clock,
    chance: systemChance,
    reach: () => undefined,
    silence: new AbortController().signal,
    onCancel: () => undefined,
    onRefused: (error) => void refused.push(error),
  });
  reports.send('end', end);
  reports.send('more', end);
  return { told: await reports.settled(), calls, refused };
}

describe('reports', () => {
  it.each(['unavailable', 'timeout', 'exhausted', 'conflict'] as const)(
    'are told again as long as the scheduler is %s, in order and under the same key',
    async (kind) => {
      const { told, calls, refused } = await tell(kind, 30);
      expect([told, refused]).toEqual([true, []]);
      expect(calls).toHaveLength(32);
      expect(calls.slice(0, 31)).toEqual(
        Array.from({ length: 31 }, () => ['completed', 'r:2:end', 'c', 'e']),
      );
      expect(calls.at(-1)).toEqual(['completed', 'r:2:more', 'c', 'e']);
    },
  );

  it.each(['rule', 'invalid', 'not-found', 'forbidden'] as const)(
    'are over when one is refused: %s',
    async (kind) => {
      const { told, calls, refused } = await tell(kind, 1);
      expect([told, calls.length, refused.length]).toEqual([false, 1, 1]);
    },
  );

  it('outlast a fault of the scheduler that passes, and no other', async () => {
    expect(await tell('bug', 7)).toMatchObject({ told: true });
    expect(await tell('bug', 1_000)).toMatchObject({ told: false, refused: [expect.anything()] });
  });
});
