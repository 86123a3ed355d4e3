import { describe, expect, it } from '@jest/globals';
import { DomainError, systemClock, type Clock } from '#kernel';
import { createLog } from '../log/log.js';
import { followEngine } from './follow-engine.js';
import { Health } from './health.js';

/** Timers that run only when they are told to. */
function clockByHand() {
  const timers = new Set<{ readonly ms: number; readonly action: () => void }>();
  const clock: Clock = {
    ...systemClock,
    after(ms, action) {
      const timer = { ms, action };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  /** What waits for so long is due. */
  const pass = async (ms: number) => {
    for (const timer of [...timers].filter((timer) => timer.ms === ms)) {
      timers.delete(timer);
      timer.action();
    }
    await settled();
  };
  return { clock, pass, waiting: () => [...timers].map(({ ms }) => ms) };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function follow(probe: () => Promise<void>) {
  const health = new Health();
  const lines: string[] = [];
  const log = createLog({ service: 'test', format: 'json', write: (line) => lines.push(line) });
  const { clock, pass, waiting } = clockByHand();
  const stop = followEngine({ part: 'event-store', probe }, { health, clock, log });
  const messages = () => lines.map((line) => (JSON.parse(line) as { message: string }).message);
  return { health, lines, messages, pass, waiting, stop };
}

const away = () =>
  Promise.reject(new DomainError('unavailable', 'STORE_UNAVAILABLE', 'no answer from db.internal'));

describe('following an engine', () => {
  it('is ready only when the engine has answered', async () => {
    const answer = Promise.withResolvers<void>();
    const { health } = follow(() => answer.promise);
    expect(health.problems()).toEqual([{ part: 'event-store', because: 'not asked yet' }]);
    answer.resolve();
    await settled();
    expect(health.isReady()).toBe(true);
  });

  it('falls when the engine is away, telling only the code, and returns with it; each is logged once', async () => {
    let probe = () => Promise.resolve();
    const { health, lines, messages, pass } = follow(() => probe());
    await settled();
    probe = away;
    await pass(3_000);
    await pass(3_000);
    expect(health.problems()).toEqual([
      { part: 'event-store', because: 'does not answer: STORE_UNAVAILABLE' },
    ]);
    expect(lines.join('\n')).toContain('db.internal');
    probe = () => Promise.resolve();
    await pass(3_000);
    expect(health.isReady()).toBe(true);
    expect(messages()).toEqual(['an engine does not answer', 'an engine answers again']);
  });

  it('takes an answer that never comes for none, and asks nobody twice at once', async () => {
    let asked = 0;
    const { health, pass, waiting } = follow(() => {
      asked += 1;
      return new Promise(() => {});
    });
    await pass(10_000);
    expect(health.problems()).toEqual([{ part: 'event-store', because: 'does not answer: NO_ANSWER' }]);
    expect([asked, waiting()]).toEqual([1, []]);
  });

  it('does not give away what an engine’s client says', async () => {
    const { health } = follow(() => Promise.reject(new Error('mongodb://user:secret@host')));
    await settled();
    expect(health.problems()).toEqual([{ part: 'event-store', because: 'does not answer: INTERNAL' }]);
  });

  it('ends', async () => {
    const { waiting, stop, health, pass } = follow(away);
    await settled();
    stop();
    await pass(3_000);
    expect(waiting()).toEqual([]);
    expect(health.isReady()).toBe(false);
  });
});
