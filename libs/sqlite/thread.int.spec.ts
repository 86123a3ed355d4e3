import { describe, expect, it } from '@jest/globals';
import type { DomainError } from '#kernel';
import { startSharedThread, startThread, type Thread } from './index.js';
import type { ThreadEvents } from './mailbox.js';

const script = new URL('./testing/odd.worker.js', import.meta.url);
const start = (data: object = {}, on: ThreadEvents = {}): Promise<Thread> => startThread(script, data, on);
const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    ({ kind, code }: DomainError) => ({ kind, code }),
  );
/** The caller at whose call it crashes may hear of either first: the answer, or the crash. */
const crashed = { kind: 'unavailable', code: expect.stringMatching(/^(CRASHING|STORE_FAILED)$/) };
const closed = { kind: 'unavailable', code: 'STORE_CLOSED' };

describe('a thread', () => {
  it('answers each caller with its own result or error, facts included', async () => {
    const thread = await start();
    const answers = await Promise.all([
      outcome(thread.call('echo', { deep: [1, null, 'ä'] })),
      thread.call('refuse').catch((error: DomainError) => error.facts),
      outcome(thread.call('stumble')),
      outcome(thread.call('echo', Uint8Array.of(1, 2))),
    ]);
    expect(answers).toEqual([
      { deep: [1, null, 'ä'] },
      { n: 1 },
      { kind: 'bug', code: 'STORE_FAULT' },
      Uint8Array.of(1, 2),
    ]);
    await thread.close();
  });

  it('takes what was asked for together as one batch, in which one failure touches no other', async () => {
    const thread = await start();
    const answers = await Promise.all([1, -1, 2].map((n) => outcome(thread.call('add', n))));
    expect(answers).toEqual([2, { kind: 'invalid', code: 'NEGATIVE' }, 3]);
    expect(await thread.call('batches')).toEqual([3]);
    await thread.close();
  });

  it('makes batches no larger than the store says, and leaves nobody out when it is closed', async () => {
    const thread = await start();
    const add = () => Promise.all([1, 2, 3, 4, 5, 6, 7].map((n) => thread.call('add', n)));
    expect(await add()).toEqual([2, 3, 4, 5, 6, 7, 8]);
    expect(await thread.call('batches')).toEqual([3, 3, 1]);
    const [last] = await Promise.all([add(), thread.close()]);
    expect(last).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });

  it('refuses what cannot cross, and only that', async () => {
    const thread = await start();
    const calls = [thread.call('echo', 1), thread.call('echo', () => 1), thread.call('echo', 2)];
    expect(await Promise.all(calls.map(outcome))).toEqual([1, { kind: 'bug', code: 'STORE_FAULT' }, 2]);
    await thread.close();
  });

  it('that cannot be opened says why and is gone', async () => {
    await expect(start({ refuse: true })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'REFUSED',
      facts: { why: 'a test' },
    });
  });

  it('tells before it answers', async () => {
    const told: unknown[] = [];
    const thread = await start({}, { notice: (notice) => told.push(notice) });
    await thread.call('tell', 'first');
    expect(told).toEqual(['first']);
    await thread.close();
  });

  it('that crashes fails everybody who waits and everybody who comes later, once and at once', async () => {
    const ends: string[] = [];
    const thread = await start({}, { end: ({ code }) => ends.push(code) });
    const failed = { kind: 'unavailable', code: 'STORE_FAILED' };
    expect(await outcome(thread.call('crash'))).toEqual(crashed);
    for (let last: unknown; !ends.includes('STORE_FAILED');) {
      last = await outcome(thread.call('echo', 'still there'));
      expect([failed, 'still there']).toContainEqual(last);
    }
    expect(await outcome(thread.call('echo', 1))).toEqual(failed);
    await thread.close();
    expect(ends).toEqual(['STORE_FAILED']);
  });

  it('finishes what was asked for before it was closed, and refuses the rest', async () => {
    const ends: string[] = [];
    const thread = await start({}, { end: ({ code }) => ends.push(code) });
    const before = [thread.call('echo', 1), thread.call('add', 1), thread.call('refuse')].map(outcome);
    const closing = Promise.all([thread.close(), thread.close()]);
    expect(await Promise.all(before)).toEqual([1, 2, { kind: 'rule', code: 'NO' }]);
    await closing;
    expect(await outcome(thread.call('echo', 1))).toEqual(closed);
    expect(ends).toEqual(['STORE_CLOSED']);
  });
});

describe('a thread for several stores', () => {
  it('keeps them apart: each has its own answers, refusal and end', async () => {
    const shared = startSharedThread(script);
    const [one, other] = await Promise.all([shared.open({}), shared.open({})]);
    expect(await outcome(shared.open({ refuse: true }))).toEqual({ kind: 'unavailable', code: 'REFUSED' });
    expect(await Promise.all([one.call('add', 1), other.call('add', 5)])).toEqual([2, 6]);
    expect(await Promise.all([one.call('batches'), other.call('batches')])).toEqual([[1], [1]]);
    await one.close();
    expect(await outcome(one.call('echo', 1))).toEqual(closed);
    expect(await other.call('echo', 'still there')).toBe('still there');
    await other.close();
    await shared.close();
    expect(await outcome(shared.open({}))).toEqual(closed);
  });

  it('fails every one of them when it crashes', async () => {
    const shared = startSharedThread(script);
    const ends: string[] = [];
    const end = ({ code }: DomainError) => ends.push(code);
    const [one, other] = await Promise.all([shared.open({}, { end }), shared.open({}, { end })]);
    const waits = Promise.all([outcome(one.call('crash')), untilGone(other)]);
    expect((await waits)[0]).toEqual(crashed);
    expect(ends).toEqual(['STORE_FAILED', 'STORE_FAILED']);
    await Promise.all([one.close(), other.close(), shared.close()]);
  });
});

/** Asks until there is nobody to answer any more. */
async function untilGone(thread: Thread): Promise<void> {
  for (let answered = true; answered;)
    answered = await thread.call('echo').then(
      () => true,
      () => false,
    );
}
