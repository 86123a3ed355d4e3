import { describe, expect, it } from '@jest/globals';
import { watchUnready } from './unready.js';

const failed = JSON.stringify({
  ...{ level: 'error', message: 'a part of the audit log failed' },
  error: { code: 'LOG_KEY_UNKNOWN', message: 'put the key back' },
});
const notReady = (because: string) =>
  JSON.stringify({
    level: 'warn',
    message: 'not ready yet',
    parts: [{ part: 'auditor:audit-log', because }],
  });
const stuck = notReady('audit-log (LOG_KEY_UNKNOWN)');

describe('a server that is not ready', () => {
  it('is told of from the moment on when it says so, each thing once', () => {
    const told: string[] = [];
    const unready = watchUnready((text) => told.push(text));
    unready.hear(failed);
    unready.hear('no JSON');
    expect(told).toEqual([]);
    for (let i = 0; i < 9; i++) unready.hear(i % 2 === 0 ? stuck : failed);
    expect(told).toEqual([
      'a part of the audit log failed: LOG_KEY_UNKNOWN  put the key back',
      'the server is not ready yet: auditor:audit-log (audit-log (LOG_KEY_UNKNOWN))',
    ]);
    unready.stop();
    unready.hear(notReady('something else'));
    expect(told).toHaveLength(2);
  });

  it('is given up by whoever cannot wait, but not while it only takes its time', async () => {
    const [patient, hasty] = [watchUnready(undefined, false), watchUnready(undefined, true)];
    const first = () => Promise.race([patient.hopeless, hasty.hopeless, Promise.resolve('none')]);
    for (const unready of [patient, hasty]) {
      unready.hear(failed);
      for (let i = 0; i < 9; i++) unready.hear(notReady('runs'));
    }
    expect(await first()).toBe('none');
    const say = (line: string) => [patient, hasty].forEach((unready) => unready.hear(line));
    [stuck, stuck, notReady('runs'), stuck, stuck].forEach(say);
    expect(await first()).toBe('none');
    say(stuck);
    expect(await first()).toMatchObject({
      code: 'SERVER_NOT_READY',
      kind: 'unavailable',
      message: expect.stringMatching(/LOG_KEY_UNKNOWN {2}put the key back/),
    });
  });
});
