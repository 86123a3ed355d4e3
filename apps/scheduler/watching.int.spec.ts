import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemChance } from '#kernel';
import type { scheduler } from '#contracts';
import {
  eventually,
  executorOn,
  key,
  openBench,
  submission,
  type Bench,
  type Instance,
} from './testing/bench.js';

let bench: Bench;
let one: Instance;

beforeAll(async () => {
  bench = await openBench();
  one = await bench.start();
});
afterAll(() => bench.dispose());

async function claimed() {
  const pool = `p${systemChance.uuid().slice(0, 8)}`;
  const executor = executorOn(one.client, bench);
  await executor.join({ pool });
  const manifest = await bench.manifest();
  const { run, position } = await one.client.scheduler.submitRun(submission({ manifest, pool }), key());
  const assignment = await eventually(() => executor.claim({ pool }));
  return { executor, assignment, pool, position, id: run?.id ?? '' };
}

/** Messages of a stream as they come; `done` settles when it ends. */
function collect<T>(stream: AsyncIterable<T>) {
  const items: T[] = [];
  const done = (async () => {
    for await (const item of stream) items.push(item);
  })();
  return { items, done };
}
const watch = (id: string, fromRevision?: number) =>
  collect(one.client.scheduler.watchRun({ namespace: '', id, fromRevision }));
const tail = (id: string, follow: boolean, shown: scheduler.LogRange[] = []) =>
  collect(one.client.scheduler.tailLogs({ namespace: '', id, follow, shown }));
const until = (met: () => boolean) => eventually(() => Promise.resolve(met()));
const text = (items: readonly scheduler.TailLogsResponse[]) => items.map(({ data }) => String(data)).join('');

describe('watching a run', () => {
  it('shows it as it is, then every event with what it made of it, and ends with it', async () => {
    const { executor, assignment, id } = await claimed();
    const watched = watch(id);
    await until(() => watched.items.length > 0);
    await executor.finish(assignment);
    await watched.done;
    const [first, ...rest] = watched.items;
    expect(first?.event).toBeUndefined();
    const from = first?.run?.revision ?? NaN;
    expect(rest.map(({ event }) => event?.revision)).toEqual(rest.map((_, i) => from + 1 + i));
    expect(rest.slice(-3).map(({ event, run }) => [event?.type, run?.status])).toEqual([
      ['RunStarted', 'RUN_STATUS_RUNNING'],
      ['StepCompleted', 'RUN_STATUS_RUNNING'],
      ['RunCompleted', 'RUN_STATUS_COMPLETED'],
    ]);
    for (const { event, run } of rest) expect(run?.revision).toBe(event?.revision);
  });

  it('goes on after any revision, without gap and without repetition', async () => {
    const { executor, assignment, id } = await claimed();
    await executor.finish(assignment);
    const all = watch(id, -1);
    await all.done;
    expect(all.items.map(({ event }) => event?.type)).toEqual([
      ...['RunSubmitted', 'RunAdmitted', 'RunClaimed', 'RunStarted', 'StepCompleted', 'RunCompleted'],
    ]);
    for (const revision of [0, 3, 5]) {
      const rest = watch(id, revision);
      await rest.done;
      expect(rest.items).toEqual(all.items.slice(revision + 1));
    }
  });

  it('of one that has ended shows it once', async () => {
    const { executor, assignment, id } = await claimed();
    await executor.finish(assignment);
    await eventually(async () => {
      const watched = watch(id);
      await watched.done;
      return watched.items.length === 1 && watched.items[0]?.run?.status === 'RUN_STATUS_COMPLETED';
    });
    await expect(watch(systemChance.uuid()).done).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });
});

describe('logs', () => {
  const say = (id: string, value: string, step = 'train', channel = 'stdout') =>
    bench.engines.bus.publish('holdfast.telemetry.v1', [
      { key: `run-${id}`, headers: { run: id, step, fold: '', channel }, value: Buffer.from(value) },
    ]);

  it('are shown as they are written, and whole when the step has ended', async () => {
    const { executor, assignment, id } = await claimed();
    await executor.started(assignment);
    const followed = tail(id, true);
    await eventually(async () => {
      await say(systemChance.uuid(), 'of another run');
      if (followed.items.length === 0) await say(id, 'hel');
      return followed.items.length > 0;
    });
    await say(id, 'l');
    await until(() => text(followed.items).endsWith('ll'));
    const whole = `${text(followed.items)}o\n`;
    const stdout = await bench.blob(whole);
    const stderr = await bench.blob('a warning\n');
    await executor.step(assignment, { stdout, stderr });
    await until(() => text(followed.items).endsWith('a warning\n'));
    await say(id, 'too late');
    await executor.completed(assignment);
    await followed.done;
    expect(text(followed.items)).toBe(`${whole}a warning\n`);
    expect(followed.items.at(-1)).toMatchObject({ step: 'train', channel: 'stderr' });
  });

  it('of which a part was missed are not pieced together', async () => {
    const { executor, assignment, id } = await claimed();
    await executor.started(assignment);
    const followed = tail(id, true);
    await eventually(async () => {
      await say(id, 'later');
      return followed.items.length > 0;
    });
    await executor.step(assignment, { stdout: await bench.blob('first, then later, then the end') });
    await executor.completed(assignment);
    await followed.done;
    expect(text(followed.items)).toMatch(/^(later)+$/);
  });

  it('go on behind what was shown before a connection was lost', async () => {
    const { executor, assignment, id } = await claimed();
    await executor.started(assignment);
    const shown = { step: 'train', channel: 'stdout', epoch: 1, from: 0, to: 5 };
    const followed = tail(id, true, [shown]);
    await eventually(async () => {
      await bench.engines.bus.publish('holdfast.telemetry.v1', [
        {
          ...{ key: `run-${id}`, value: Buffer.from('later') },
          headers: { run: id, step: 'train', fold: '', channel: 'stdout', offset: '12' },
        },
      ]);
      return followed.items.length > 0;
    });
    const ended = { stdout: await bench.blob('first, then later, then the end') };
    await executor.step(assignment, ended);
    await executor.completed(assignment);
    await followed.done;
    expect(followed.items.map(({ offset, epoch, data }) => [offset, epoch, String(data)])).toEqual([
      [12, 1, 'later'],
      [5, 1, ', then '],
      [17, 1, ', then the end'],
    ]);
    const rest = tail(id, false, [shown]);
    await rest.done;
    expect(text(rest.items)).toBe(', then later, then the end');
    await expect(tail(id, true, [{ ...shown, to: -1 }]).done).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });

  it('are kept, and shown without following or afterwards', async () => {
    const { executor, assignment, id } = await claimed();
    const nothing = tail(id, false);
    await nothing.done;
    expect(nothing.items).toEqual([]);
    await executor.finish(assignment);
    await eventually(async () => {
      const kept = tail(id, false);
      await kept.done;
      return text(kept.items) === 'hello\n';
    });
    const followed = tail(id, true);
    await followed.done;
    expect(text(followed.items)).toBe('hello\n');
  });
});
