import { describe, expect, it } from '@jest/globals';
import { systemClock, type Clock } from '#kernel';
import { openRests } from './rests.js';

/** Time that goes on only when it is told to. */
function opened() {
  const timers = new Map<object, { readonly at: number; readonly action: () => void }>();
  let nowMs = 0;
  const clock: Clock = {
    ...systemClock,
    monotonicMs: () => nowMs,
    after(ms, action) {
      const timer = {};
      timers.set(timer, { at: nowMs + ms, action });
      return () => timers.delete(timer);
    },
  };
  const pass = (ms: number) => {
    const until = nowMs + ms;
    for (;;) {
      const [next] = [...timers].sort(([, a], [, b]) => a.at - b.at);
      if (next === undefined || next[1].at > until) break;
      timers.delete(next[0]);
      nowMs = next[1].at;
      next[1].action();
    }
    nowMs = until;
  };
  const acted: string[] = [];
  const rests = openRests(clock);
  const rest = (name: string) => rests(() => acted.push(`${name} at ${nowMs}`));
  return { rest, pass, acted, waiting: () => timers.size };
}

describe('rests', () => {
  it('act once for all that ask, within the shortest of their times', () => {
    const { rest, pass, acted, waiting } = opened();
    const a = rest('a');
    a.within(100);
    pass(10);
    a.within(20);
    a.within(50);
    pass(1000);
    expect([acted, waiting()]).toEqual([['a at 30'], 0]);
  });

  it('end together where they have lasted half of their time', () => {
    const { rest, pass, acted } = opened();
    const [a, b, c] = [rest('a'), rest('b'), rest('c')];
    b.within(100);
    pass(40);
    c.within(100);
    a.within(20);
    pass(1000);
    expect(acted).toEqual(['b at 60', 'a at 60', 'c at 140']);
  });

  it('that are stopped do not act, and keep no other from it', () => {
    const { rest, pass, acted, waiting } = opened();
    const [a, b] = [rest('a'), rest('b')];
    a.within(20);
    b.within(30);
    a.stop();
    pass(1000);
    a.within(20);
    a.stop();
    expect([acted, waiting()]).toEqual([['b at 30'], 0]);
  });
});
