import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DomainError, systemChance, systemClock, type Clock } from '#kernel';
import { noInstruments, type Instruments, type Meter } from '#observability';
import { openExecutor, wakeUpsTopic, type Executor } from './executor.js';
import { openLocalScheduler, type LocalScheduler } from './testing/local-scheduler.js';
import { executorId, openWorkshop, type Workshop } from './testing/workshop.js';

let shop: Workshop;
let local: LocalScheduler;
let open: Executor | undefined;
beforeEach(async () => {
  shop = await openWorkshop();
  local = openLocalScheduler();
});
afterEach(async () => {
  await open?.close(0);
  open = undefined;
  await shop.close();
});

interface Differing {
  readonly slots?: number;
  readonly clock?: Clock;
  readonly instruments?: Instruments;
}

function join({ slots = 2, clock = systemClock, instruments = noInstruments }: Differing = {}): Executor {
  const { workplace, scratchDir, bus } = shop;
  const { log, reach } = workplace;
  open = openExecutor({
    door: Promise.resolve(local.door),
    workplace: { ...workplace, clock, instruments },
    pool: 'default',
    labels: { site: 'north' },
    slots,
    release: 'test',
    address: Promise.resolve('127.0.0.1:1'),
    ...{ scratchDir, bus, clock, chance: systemChance, log, instruments, reach },
  });
  return open;
}
async function submit(script: string): Promise<string> {
  const { digest, steps } = await shop.manifest({ files: { 'one.mjs': script }, steps: { one: {} } });
  return local.submit(digest, steps);
}
/** Goes on when it is so, and gives up when the test is over. */
async function until(what: () => boolean): Promise<void> {
  const mine = shop;
  while (!what()) {
    if (mine !== shop) throw new Error(`waited in vain: ${mine.logged.slice(-5).join('\n')}`);
    await systemClock.sleep(5);
  }
}
const status = (run: string) => local.state(run).status;
/** The last event of a run that has ended, however it did. */
async function endOf(run: string) {
  await until(() => ['completed', 'failed', 'cancelled'].includes(status(run)));
  return local.events(run).at(-1);
}
const completed = { type: 'RunCompleted' };
const endless = "console.log('under way'); setInterval(() => {}, 1000);";
const unavailable = () => {
  throw new DomainError('unavailable', 'AWAY', 'nobody answers');
};

describe('an executor', () => {
  it('joins with what it is, takes what waits, and goes on with the next when a slot is free', async () => {
    const runs = [await submit(''), await submit(''), await submit('')];
    const executor = join({ slots: 1 });
    expect(executor.unready()).toEqual(['pool default']);
    for (const run of runs) expect(await endOf(run)).toMatchObject(completed);
    expect(executor.unready()).toEqual([]);
    expect(local.joined).toMatchObject([
      {
        id: executorId,
        pool: 'default',
        labels: { site: 'north' },
        slots: 1,
        release: 'test',
        architecture: process.arch,
        isolation: shop.workplace.sandboxes.offered,
      },
    ]);
  });

  it('tells how its attempts ended, how long steps took, and how many slots are busy', async () => {
    const counted: unknown[] = [];
    const gauges = new Map<string, number>();
    let tell: Parameters<Meter['whenRead']>[0] = () => undefined;
    const meter: Meter = {
      isRead: true,
      count: (name, labels) => void counted.push([name, labels]),
      observe: (name, labels, seconds) => void counted.push([name, labels, seconds > 0]),
      whenRead: (ask) => ((tell = ask), () => undefined),
    };
    const [well, ill] = [await submit(''), await submit('process.exit(3)')];
    join({ slots: 2, instruments: { ...noInstruments, meter } });
    await Promise.all([endOf(well), endOf(ill)]);
    await until(() => counted.length >= 4);
    const pool = 'default';
    expect(counted).toEqual(
      expect.arrayContaining([
        ['holdfast_step_seconds', { pool, outcome: 'completed' }, true],
        ['holdfast_step_seconds', { pool, outcome: 'failed' }, true],
        ['holdfast_attempts_total', { pool, outcome: 'completed' }],
        ['holdfast_attempts_total', { pool, outcome: 'command-failed' }],
      ]),
    );
    await tell((name, _labels, value) => void gauges.set(name, value));
    expect(gauges.get('holdfast_executor_slots')).toBe(2);
    expect(gauges.has('holdfast_executor_busy_slots')).toBe(true);
  });

  it('holds as many as the scheduler says, from the next heartbeat on', async () => {
    const runs = [await submit(endless), await submit(endless), await submit(endless)];
    const running = () => runs.filter((run) => status(run) === 'running').length;
    local.slots = 1;
    const executor = join({ slots: 2 });
    await until(() => running() === 1);
    expect(executor.status().slots).toBe(1);
    local.slots = 3;
    await until(() => running() === 3);
    local.slots = 0;
    await until(() => executor.status().slots === 2);
    expect(running()).toBe(3);
  });

  it('holds no more than its slots, and says which', async () => {
    const runs = [await submit(endless), await submit(endless), await submit(endless)];
    const executor = join({ slots: 2 });
    await until(() => runs.filter((run) => status(run) === 'running').length === 2);
    const { attempts, slots, draining } = executor.status();
    expect([slots, draining]).toEqual([2, false]);
    expect(attempts.map(({ epoch }) => epoch)).toEqual([1, 1]);
    await until(() => (local.beats.at(-1)?.leases.length ?? 0) === 2);
    expect(runs.filter((run) => status(run) === 'queued')).toHaveLength(1);
  });

  it('does what the answer to a heartbeat asks: cancels, or gives up without a word', async () => {
    const [cancelled, lost] = [await submit(endless), await submit(endless)];
    join();
    await Promise.all([shop.underWay(cancelled), shop.underWay(lost)]);
    local.cancel(cancelled);
    expect(await endOf(cancelled)).toMatchObject({ type: 'RunCancelled' });

    await until(() => status(lost) === 'running');
    local.expire(lost);
    await until(() => local.events(lost).filter(({ type }) => type === 'RunClaimed').length === 2);
    expect(local.keys.filter((key) => key.startsWith(`${lost}:1:`))).toEqual([`${lost}:1:started`]);
  });

  it('waits for a scheduler that is away, at the start and in the middle, and loses nothing', async () => {
    const run = await submit(`import fs from 'node:fs'; console.log('under way');
      setTimeout(() => fs.writeFileSync('outputs/late.txt', 'done'), 1000);`);
    local.away = true;
    const executor = join();
    await until(() => local.unanswered.has('joinPool'));
    expect(executor.unready()).toEqual(['pool default']);
    local.away = false;
    await shop.underWay(run);
    local.away = true;
    await until(() => local.unanswered.has('heartbeat') && local.unanswered.has('reportAttempt'));
    local.away = false;
    expect(await endOf(run)).toMatchObject(completed);
    expect(local.events(run).filter(({ type }) => type === 'RunClaimed')).toHaveLength(1);
  });

  it('joins again when the scheduler does not know it any more, and gives up what it held', async () => {
    const run = await submit(endless);
    join();
    await shop.underWay(run);
    local.joined.length = 0;
    local.expire(run);
    await until(() => local.joined.length === 1);
    await until(() => local.events(run).filter(({ type }) => type === 'RunClaimed').length === 2);
  });

  it('takes nothing more when it drains, finishes what it has, and leaves the pool', async () => {
    const first = await submit("console.log('under way'); setTimeout(() => {}, 100);");
    const executor = join();
    await shop.underWay(first);
    executor.drain();
    const second = await submit('');
    expect(executor.status().draining).toBe(true);
    await executor.close(150_000);
    expect([status(first), status(second)]).toEqual(['completed', 'queued']);
    expect(local.left).toEqual([executorId]);
  });

  it('gives back what takes longer than it may when it ends, so that it is repeated', async () => {
    const run = await submit(endless);
    const executor = join();
    await shop.underWay(run);
    await executor.close(50);
    expect(local.events(run).at(-1)).toMatchObject({
      type: 'RunRetried',
      failure: { class: 'executor-lost', message: 'the executor was stopped while it ran' },
    });
  });

  it('ends when there is nobody to tell', async () => {
    const run = await submit(endless);
    const hurried: Clock = { ...systemClock, after: (ms, action) => systemClock.after(ms / 40, action) };
    const executor = join({ clock: hurried });
    await shop.underWay(run);
    local.onReport = unavailable;
    await executor.close(0);
    expect(status(run)).toBe('running');
    expect(executor.status().attempts).toEqual([]);
  });

  it('is woken by the bus', async () => {
    /** Heartbeats go on; work is not asked for by the clock. */
    const patient: Clock = {
      ...systemClock,
      after: (ms, action) => (ms < 1_000 ? systemClock.after(ms, action) : () => undefined),
    };
    local.silent = true;
    join({ clock: patient });
    await until(() => local.beats.length > 2);
    const run = await submit('');
    await until(() => local.beats.length > 6);
    expect(status(run)).toBe('queued');
    const wakeUp = (key: string) =>
      shop.bus.publish(wakeUpsTopic, [{ key, headers: {}, value: new Uint8Array() }]);
    await wakeUp('gpu');
    const beats = local.beats.length;
    await until(() => local.beats.length > beats + 2);
    expect(status(run)).toBe('queued');
    await wakeUp('default');
    expect(await endOf(run)).toMatchObject(completed);
  });
});
