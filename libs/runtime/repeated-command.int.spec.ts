import { describe, expect, it } from '@jest/globals';
import { DomainError, systemChance, systemClock, toInstant, type Decider, type Instant } from '#kernel';
import { eventCodec } from '#contracts/stored';
import { commandHandler } from './index.js';
import { contextOf, onBench, streamOf, type Bench } from './testing/bench.js';

type Rung = { readonly type: 'Rung'; readonly by: string; readonly at: Instant };
type Ring = { readonly by: string; readonly at: Instant };
const codec = eventCodec<Rung>({ Rung: { version: 1 } });

/** Rings once, and knows who did. */
const once: Decider<Ring, string, Rung> = {
  initial: '',
  decide({ by, at }, rung) {
    if (rung === '') return [{ type: 'Rung', by, at }];
    if (rung === by) return [];
    throw new DomainError('already-exists', 'RUNG_BY_ANOTHER', 'it has rung');
  },
  evolve: (_, { by }) => by,
};
/** Rings as often as it is told to. */
const always: typeof once = { ...once, decide: ({ by, at }) => [{ type: 'Rung', by, at }] };

const handler = ({ eventStore, people }: Bench, decider: typeof once) =>
  commandHandler({
    ...{ decider, codec, eventStore, people, clock: systemClock, chance: systemChance },
    service: { name: 'test', version: '0' },
  });
const stream = streamOf('bell', 'bell');

describe.each([
  ['that its decider knows again', once],
  ['that its decider would carry out again', always],
])('a command %s', (_, decider) => {
  it(
    'is carried out once, received by several instances at several times',
    onBench(async (bench) => {
      const command = contextOf();
      const answers = await Promise.all(
        [1, 2, 3].map((ms) => {
          const receivedAt = toInstant(ms);
          return handler(bench, decider).execute(
            stream,
            { by: 'a', at: receivedAt },
            { ...command, receivedAt },
          );
        }),
      );
      expect(answers.flatMap(({ events }) => events)).toHaveLength(1);
      expect(answers.map(({ revision }) => revision)).toEqual([0, 0, 0]);
    }),
  );

  it(
    'is carried out once where its stream is thought not to be there',
    onBench(async (bench) => {
      const at = toInstant(1);
      const command = { ...contextOf(), receivedAt: at };
      const ring = () => handler(bench, decider).execute(stream, { by: 'a', at }, command, true);
      const [first, again] = [await ring(), await ring()];
      expect([first.events.length, again.events, again.revision]).toEqual([1, [], 0]);
    }),
  );

  it(
    'is refused when it is another one under the same id',
    onBench(async (bench) => {
      const command = contextOf();
      const at = toInstant(1);
      const answers = await Promise.allSettled(
        ['a', 'b'].map((by) => handler(bench, decider).execute(stream, { by, at }, command)),
      );
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { kind: 'already-exists' },
      });
    }),
  );
});
