import { describe, expect, it } from '@jest/globals';
import { StopWork } from './stop-work.js';

describe('work at a stop', () => {
  it('is waited for, all of it, but for what was taken back', async () => {
    const stopWork = new StopWork();
    const done: string[] = [];
    const act = (name: string) => async () => {
      await Promise.resolve();
      done.push(name);
    };
    stopWork.before(act('a'));
    stopWork.before(act('b'))();
    stopWork.before(act('c'));
    await stopWork.run(1_000, () => undefined);
    expect(done).toEqual(['a', 'c']);
  });

  it('is not waited for without end', async () => {
    const stopWork = new StopWork();
    const errors: unknown[] = [];
    stopWork.before(() => new Promise(() => undefined));
    await stopWork.run(5, (error) => errors.push(error));
    expect(errors).toEqual([new Error('work could not be stopped in time')]);
  });
});
