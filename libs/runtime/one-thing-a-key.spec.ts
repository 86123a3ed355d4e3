import { describe, expect, it } from '@jest/globals';
import type { StreamId } from '#kernel';
import type { CommandHandler, Executed } from './command-handler.js';
import { oneThingAKey } from './one-thing-a-key.js';
import { contextOf, streamOf } from './testing/bench.js';

const done: Executed<number, string> = { state: 0, revision: 0, events: [] };
const handlerOf = (
  execute: (stream: StreamId) => Promise<Executed<number, string>>,
): CommandHandler<string, number, string> => ({ execute, load: () => Promise.resolve(done) });
const reused = { kind: 'already-exists', code: 'IDEMPOTENCY_KEY_REUSED' };
const [a, b] = [streamOf('a'), streamOf('b')];

describe('a key', () => {
  it('is for one thing, whichever handler that shares it is asked, and as often as one likes for that', async () => {
    const once = oneThingAKey();
    const [one, other] = [once(handlerOf(async () => done)), once(handlerOf(async () => done))];
    await one.execute(a, 'x', contextOf('key'));
    await expect(one.execute(a, 'x', contextOf('key'))).resolves.toBe(done);
    await expect(other.execute(b, 'x', contextOf('key'))).rejects.toMatchObject(reused);
    await expect(other.execute(b, 'x', contextOf('another'))).resolves.toBe(done);
  });

  it('is taken by the first of two who come at once', async () => {
    const first = Promise.withResolvers<Executed<number, string>>();
    const handler = oneThingAKey()(handlerOf(() => first.promise));
    const under = handler.execute(a, 'x', contextOf('key'));
    await expect(handler.execute(b, 'x', contextOf('key'))).rejects.toMatchObject(reused);
    first.resolve(done);
    await expect(under).resolves.toBe(done);
  });

  it('is not used up by what was refused', async () => {
    const handler = oneThingAKey()(
      handlerOf((stream) => (stream === a ? Promise.reject(new Error('refused')) : Promise.resolve(done))),
    );
    await expect(handler.execute(a, 'x', contextOf('key'))).rejects.toThrow('refused');
    await expect(handler.execute(b, 'x', contextOf('key'))).resolves.toBe(done);
  });
});
