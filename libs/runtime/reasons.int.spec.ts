import { describe, expect, it } from '@jest/globals';
import { isSealedText, systemChance, systemClock } from '#kernel';
import { decodeEnvelope } from '#contracts/stored';
import { shownText } from '#key-store';
import { commandHandler, withReason } from './index.js';
import { contextOf, counter, counterCodec, onBench, streamOf, type Bench } from './testing/bench.js';

const stream = streamOf('a');
const said = 'my knee is better, so I could repeat it';

const stored = async ({ eventStore }: Bench) =>
  (await Array.fromAsync(eventStore.readStream(stream))).flat().map(({ bytes }) => decodeEnvelope(bytes));

describe('a reason', () => {
  it(
    'that a person gives is stored sealed, to the same bytes when the command comes again, and shown to who asks',
    onBench(async (bench) => {
      const context = { ...contextOf(), reason: said };
      await Promise.all([1, 2].map(() => bench.handler().execute(stream, { by: 1 }, context)));
      await bench.handler().execute(stream, { by: 1 }, { ...context, commandId: systemChance.uuid() });
      const [one, two, ...more] = (await stored(bench)).map(({ metadata }) => metadata.reason);
      expect(more).toEqual([]);
      for (const reason of [one, two]) expect(isSealedText(reason)).toBe(true);
      expect(one).not.toEqual(two);
      expect(await shownText(bench.people, one!)).toBe(said);
      expect((await withReason(bench.people, { id: 'x', reason: one! })).reason).toBe(said);
    }),
  );

  it(
    'that a service has of its own stays plain, and one that was sealed before as it is',
    onBench(async (bench) => {
      const service = { id: 'scheduler', type: 'service', roles: [] } as const;
      await bench
        .handler()
        .execute(stream, { by: 1 }, { ...contextOf(), actor: service, reason: 'by the clock' });
      await bench.handler().execute(stream, { by: 1 }, { ...contextOf(), reason: said });
      const { reason } = (await stored(bench))[1]!.metadata;
      await bench.handler().execute(stream, { by: 1 }, { ...contextOf(), actor: service, reason });
      const reasons = (await stored(bench)).map(({ metadata }) => metadata.reason);
      expect(reasons).toEqual(['by the clock', reason, reason]);
    }),
  );

  it(
    'opens nothing where there is none, and is taken from nobody who was erased',
    onBench(async (bench) => {
      const unused = new Proxy(bench.people, {
        get() {
          throw new Error('the directory was asked');
        },
      });
      const handler = commandHandler({
        ...{ decider: counter, codec: counterCodec, eventStore: bench.eventStore, people: unused },
        ...{ service: { name: 'test', version: '0' }, clock: systemClock, chance: systemChance },
      });
      await handler.execute(stream, { by: 1 }, contextOf());
      const context = { ...contextOf(), reason: said };
      await bench.people.erase(context.actor.id);
      const late = bench.handler().execute(stream, { by: 1 }, context);
      await expect(late).rejects.toMatchObject({ kind: 'rule', code: 'SUBJECT_ERASED' });
      expect(await stored(bench)).toHaveLength(1);
    }),
  );
});
