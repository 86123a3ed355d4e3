import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import { hearOut } from './hear-out.js';

/** An end as a socket has one, and looks that are taken when the test says so. */
function heard() {
  const end = Object.assign(new PassThrough(), { bytesRead: 0 });
  let look: (() => void) | undefined;
  const clock: typeof systemClock = {
    ...systemClock,
    after(_, action) {
      look = action;
      return () => (look = undefined);
    },
  };
  const stop = hearOut([end, new PassThrough()], clock);
  return { end, stop, isLooking: () => look !== undefined, look: () => look?.() };
}

describe('the ends of a step that is over', () => {
  it('are closed when nothing comes any more, which one look does not tell', () => {
    const { end, look } = heard();
    look();
    expect(end.destroyed).toBe(false);
    end.bytesRead += 1;
    for (let i = 0; i < 2; i++) look();
    expect(end.destroyed).toBe(false);
    look();
    expect(end.destroyed).toBe(true);
  });

  it('are not closed while something is left to read, nor when they were heard out', () => {
    const { end, look, stop, isLooking } = heard();
    end.write('the last words');
    for (let i = 0; i < 10; i++) look();
    expect(end.destroyed).toBe(false);
    end.read();
    look();
    stop();
    expect([end.destroyed, isLooking()]).toEqual([false, false]);
  });

  it('are closed at last on who never stops', () => {
    const { end, look } = heard();
    for (let i = 0; i < 59; i++) {
      end.bytesRead += 1;
      look();
    }
    expect(end.destroyed).toBe(false);
    end.bytesRead += 1;
    look();
    expect(end.destroyed).toBe(true);
  });
});
