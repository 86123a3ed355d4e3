import { describe, expect, it } from '@jest/globals';
import { DomainError, systemClock } from '#kernel';
import { startReactor, type ProjectedEvent, type Reactor } from './index.js';
import { contextOf, counterCodec, onBench, streamOf, type Bench } from './testing/bench.js';

const optionsOf = ({ eventStore, readStore }: Bench, owner = 'one') => ({
  ...{ eventStore, readStore, owner, clock: systemClock },
  decoders: { counter: counterCodec },
});
const byOf = (event: ProjectedEvent) => event.data['by'] as number;
const count = async (bench: Bench, ...steps: number[]) => {
  const commands = bench.handler();
  for (const by of steps) await commands.execute(streamOf('a'), { by }, contextOf());
};
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(1);
}
/** A reactor that writes down what it handled; `refuse` may throw first. */
const recorder = (handled: number[], refuse: (by: number) => void = () => {}): Reactor => ({
  name: 'recorder',
  kinds: ['counter'],
  maxTries: 2,
  async handle(event) {
    refuse(byOf(event));
    handled.push(byOf(event));
  },
});

describe('reactor', () => {
  it(
    'handles every event in order, and goes on where it was after a restart',
    onBench(async (bench) => {
      const handled: number[] = [];
      await count(bench, 1, 2, 3);
      const first = startReactor(recorder(handled), optionsOf(bench));
      await until(() => handled.length === 3 && first.caughtUp());
      await first.close();
      await count(bench, 4);
      const second = startReactor(recorder(handled), optionsOf(bench));
      await until(() => handled.length === 4);
      await second.close();
      expect(handled).toEqual([1, 2, 3, 4]);
    }),
  );

  it(
    'parks what fails again and again, goes on, and handles it when told to',
    onBench(async (bench) => {
      const handled: number[] = [];
      let broken = true;
      const refuse = (by: number) => {
        if (by === 2 && broken) throw new Error('no such thing');
      };
      await count(bench, 1, 2, 3);
      const reactor = startReactor(recorder(handled, refuse), optionsOf(bench));
      await until(() => handled.includes(3));
      expect(await reactor.parked()).toMatchObject([
        { stream: streamOf('a'), revision: 1, type: 'Counted', reason: 'Error: no such thing' },
      ]);
      expect(reactor.failing()).toBeUndefined();
      expect(await reactor.retryParked()).toBe(1);
      broken = false;
      expect(await reactor.retryParked()).toBe(0);
      expect(handled).toEqual([1, 3, 2]);
      await reactor.close();
    }),
  );

  it(
    'waits for what is only away for a while, and says what it waits for',
    onBench(async (bench) => {
      const handled: number[] = [];
      let away = true;
      const refuse = () => {
        if (away) throw new DomainError('unavailable', 'ENGINE_AWAY', 'not now');
      };
      await count(bench, 1);
      const reactor = startReactor(recorder(handled, refuse), optionsOf(bench));
      await until(() => reactor.failing() === 'ENGINE_AWAY: not now');
      away = false;
      await until(() => handled.length === 1);
      expect(await reactor.parked()).toEqual([]);
      expect(reactor.failing()).toBeUndefined();
      await reactor.close();
    }),
  );

  it(
    'waits for a read model that is being built without calling that an error, and says so once',
    onBench(async (bench) => {
      const handled: number[] = [];
      const [told, errors]: [string[], unknown[]] = [[], []];
      let tries = 0;
      const refuse = () => {
        if (++tries < 5)
          throw new DomainError('timeout', 'NOT_CAUGHT_UP', 'the read model is not that far yet');
      };
      await count(bench, 1, 2);
      const reactor = startReactor(recorder(handled, refuse), {
        ...optionsOf(bench),
        onError: (error) => errors.push(error),
        onWaiting: () => told.push('waits'),
      });
      await until(() => handled.length === 2);
      expect([told, errors, reactor.failing()]).toEqual([['waits'], [], undefined]);
      await reactor.close();
    }),
  );

  it(
    'handles several streams at once where it may, those of one stream in order, and tells what it cannot',
    onBench(async (bench) => {
      const commands = bench.handler();
      for (const name of ['a', 'b', 'c', 'd'])
        for (const by of [1, 2]) await commands.execute(streamOf(name), { by }, contextOf());
      const begun: string[] = [];
      const ended: string[] = [];
      const all = Promise.withResolvers<void>();
      const reactor = startReactor(
        {
          ...{ name: 'recorder', kinds: ['counter'], maxTries: 1, atOnce: 3 },
          async handle(event) {
            const name = `${event.stream} ${byOf(event)}`;
            begun.push(name);
            if (begun.length === 3) all.resolve();
            await all.promise;
            if (name === `${streamOf('b')} 1`) throw new Error('no such thing');
            ended.push(name);
          },
        },
        optionsOf(bench),
      );
      await until(() => ended.length === 7);
      const [a, b, c] = [streamOf('a'), streamOf('b'), streamOf('c')];
      expect(begun.slice(0, 3)).toEqual([`${a} 1`, `${b} 1`, `${c} 1`]);
      for (const stream of [a, c, streamOf('d')])
        expect(ended.filter((name) => name.startsWith(stream))).toEqual([`${stream} 1`, `${stream} 2`]);
      await until(async () => (await reactor.parked()).length === 1);
      expect(await reactor.parked()).toMatchObject([{ stream: b, revision: 0 }]);
      await reactor.close();
    }),
  );

  it(
    'reacts in one instance at a time; another takes over',
    onBench(async (bench) => {
      const [one, two]: [number[], number[]] = [[], []];
      const first = startReactor(recorder(one), optionsOf(bench, 'one'));
      await until(() => first.caughtUp());
      const second = startReactor(recorder(two), optionsOf(bench, 'two'));
      await count(bench, 1, 2);
      await until(() => one.length === 2);
      expect(two).toEqual([]);
      await first.close();
      await count(bench, 3);
      await until(() => two.includes(3));
      expect([...one, ...two]).toEqual([1, 2, 3]);
      await second.close();
    }),
  );
});
