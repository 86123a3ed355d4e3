import { describe, expect, it } from '@jest/globals';
import { scheduler } from '#contracts';
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
/** A step that has so much to say. */
const step = (bytes = 0): Report => ({
  $case: 'step',
  value: { ...scheduler.Step.decode(new Uint8Array()), seed: 'x'.repeat(bytes) },
});

/** What was asked, and how it went on, when the scheduler fails in this way as often. */
async function tell(kind: ErrorKind, times: number) {
  const calls: unknown[] = [];
  const refused: unknown[] = [];
  const door = {
    async reportAttempt(request, options) {
      calls.push([
        request.reports.map(({ report }) => report?.$case).join(),
        options?.idempotencyKey,
        options?.correlationId,
        options?.causationId,
      ]);
      if (calls.length <= times) throw new DomainError(kind, 'A_TEST', kind);
      return Promise.resolve({ position: '', cancel: false, assignment: undefined });
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
    next: () => undefined,
    onNext: () => undefined,
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

  it('wait a moment for each other and are told together, with what is next at the end', async () => {
    const asked: scheduler.ReportAttemptRequest[] = [];
    const ask = { executorId: 'x', pool: 'default', labels: {}, freeSlots: 1, waitMs: 0 };
    const taken: unknown[] = [];
    const door = {
      reportAttempt(request) {
        asked.push(request);
        return Promise.resolve({ position: '', cancel: false, assignment: request.next && assignment });
      },
    } as Partial<SchedulerDoor> as SchedulerDoor;
    const late: (() => void)[] = [];
    const reports = openReports({
      ...{ door, executorId: 'x', assignment, chance: systemChance, reach: () => undefined },
      clock: { ...clock, after: (_, action) => (late.push(action), () => undefined) },
      silence: new AbortController().signal,
      ...{ next: () => ask, onNext: (next) => void taken.push(next) },
      ...{ onCancel: () => undefined, onRefused: () => undefined },
    });
    reports.send('step a', step());
    late.pop()?.();
    reports.send('step b', step());
    expect(late).toEqual([]);
    while (asked.length === 0) await systemClock.sleep(1);
    reports.send('end', end);
    expect(await reports.settled()).toBe(true);
    expect(asked.map(({ reports, next }) => [reports.map(({ report }) => report?.$case), next])).toEqual([
      [['step', 'step'], undefined],
      [['completed'], ask],
    ]);
    expect(taken).toEqual([assignment]);
  });

  it('are told apart where together they would be too large for one append', async () => {
    const told: number[] = [];
    const door = {
      reportAttempt({ reports }) {
        told.push(reports.length);
        return Promise.resolve({ position: '', cancel: false, assignment: undefined });
      },
    } as Partial<SchedulerDoor> as SchedulerDoor;
    const reports = openReports({
      ...{ door, executorId: 'x', assignment, clock, chance: systemChance, reach: () => undefined },
      silence: new AbortController().signal,
      ...{ next: () => undefined, onNext: () => undefined },
      ...{ onCancel: () => undefined, onRefused: () => undefined },
    });
    for (const [i, bytes] of [1, 100_000, 100_000, 100_000, 600_000, 1].entries())
      reports.send(`step ${i}`, step(bytes));
    reports.send('end', end);
    expect(await reports.settled()).toBe(true);
    expect(told).toEqual([3, 1, 1, 2]);
  });

  /** An end with something next; the attempt is abandoned while the answer is on its way. */
  function abandonedAtItsEnd() {
    const answer = Promise.withResolvers<scheduler.ReportAttemptResponse>();
    const asked = Promise.withResolvers<AbortSignal | undefined>();
    const silence = new AbortController();
    const [taken, later]: [unknown[], (() => void)[]] = [[], []];
    const door = {
      reportAttempt(_, options) {
        asked.resolve(options?.signal);
        options?.signal?.addEventListener('abort', () =>
          answer.reject(new DomainError('cancelled', 'CANCELLED', 'hung up')),
        );
        return answer.promise;
      },
    } as Partial<SchedulerDoor> as SchedulerDoor;
    const reports = openReports({
      ...{ door, executorId: 'x', assignment, chance: systemChance, reach: () => undefined },
      clock: { ...clock, after: (_, action) => (later.push(action), () => undefined) },
      ...{ silence: silence.signal, onNext: (next) => void taken.push(next) },
      next: () => ({ executorId: 'x', pool: 'default', labels: {}, freeSlots: 1, waitMs: 0 }),
      ...{ onCancel: () => undefined, onRefused: () => undefined },
    });
    reports.send('end', end);
    return { answer, asked: asked.promise, silence, taken, later, reports };
  }

  it('wait for the answer that may hold the next run, although the attempt is abandoned', async () => {
    const { answer, asked, silence, taken, reports } = abandonedAtItsEnd();
    const signal = await asked;
    silence.abort();
    expect(signal?.aborted).toBe(false);
    answer.resolve({ position: '', cancel: false, assignment });
    await reports.settled();
    expect(taken).toEqual([assignment]);
  });

  it('wait for it no longer than a while', async () => {
    const { asked, silence, taken, later, reports } = abandonedAtItsEnd();
    await asked;
    silence.abort();
    later.pop()?.();
    expect(await reports.settled()).toBe(false);
    expect(taken).toEqual([]);
  });

  it('outlast a fault of the scheduler that passes, and no other', async () => {
    expect(await tell('bug', 7)).toMatchObject({ told: true });
    expect(await tell('bug', 1_000)).toMatchObject({ told: false, refused: [expect.anything()] });
  });
});
