import { describe, expect, it } from '@jest/globals';
import { fold, type Instant } from '#kernel';
import { executor, slotsOf, type ExecutorCommand, type ExecutorEvent, type ExecutorFacts } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const facts: ExecutorFacts = {
  pool: 'default',
  labels: { site: 'north' },
  slots: 2,
  release: '0.1.0',
  isolation: ['bubblewrap', 'process'],
  architecture: 'x64',
  address: '127.0.0.1:1',
};
const join: ExecutorCommand = { type: 'JoinPool', facts, at };
const leave: ExecutorCommand = { type: 'LeavePool', at };
const set = (mode: 'active' | 'draining' | 'cordoned'): ExecutorCommand => ({ type: 'SetMode', mode, at });
const given = (...commands: ExecutorCommand[]): ExecutorEvent[] => {
  const events: ExecutorEvent[] = [];
  for (const command of commands) events.push(...executor.decide(command, fold(executor, events)));
  return events;
};
const state = (...commands: ExecutorCommand[]) => fold(executor, given(...commands));

describe('executor', () => {
  it('joins with what it is, and joins again with what it is then', () => {
    expect(given(join)).toEqual([{ type: 'ExecutorJoined', ...facts, mode: 'active', at }]);
    const moved: ExecutorCommand = { type: 'JoinPool', facts: { ...facts, pool: 'gpu' }, at };
    expect(state(join, moved)).toEqual({
      status: 'joined',
      mode: 'active',
      facts: { ...facts, pool: 'gpu' },
      scaledTo: null,
    });
  });

  it('leaves once', () => {
    expect(given(leave)).toEqual([]);
    expect(given(join, leave, leave).map(({ type }) => type)).toEqual(['ExecutorJoined', 'ExecutorLeft']);
    expect(state(join, leave, join)).toMatchObject({ status: 'joined' });
  });

  it('changes its mode only when it is another one, and only when there is such an executor', () => {
    expect(given(join, set('active'), set('draining'), set('draining'))).toHaveLength(2);
    expect(() => given(set('active'))).toThrow(expect.objectContaining({ code: 'EXECUTOR_NOT_FOUND' }));
    expect(state(join, leave, set('cordoned'))).toMatchObject({ status: 'left', mode: 'cordoned' });
  });

  it('is scaled, which outlives a restart, until it is to have its own slots again', () => {
    const scale = (slots: number | null): ExecutorCommand => ({ type: 'Scale', slots, at });
    const slots = (...commands: ExecutorCommand[]) => {
      const now = state(...commands);
      return now.status === 'absent' ? undefined : slotsOf(now);
    };
    expect(given(join, scale(4), scale(4)).slice(1)).toEqual([{ type: 'ExecutorScaled', slots: 4, at }]);
    expect(slots(join, scale(4), leave, join)).toBe(4);
    expect(slots(join, scale(4), scale(null))).toBe(2);
    expect(() => given(scale(1))).toThrow(expect.objectContaining({ code: 'EXECUTOR_NOT_FOUND' }));
  });

  it('stays cordoned when it joins again, and drains no longer', () => {
    expect(state(join, set('cordoned'), join)).toMatchObject({ mode: 'cordoned' });
    expect(state(join, set('draining'), leave, join)).toMatchObject({ mode: 'active' });
  });
});
