import { beforeAll, expect, it } from '@jest/globals';
import { epochMs, systemClock, toInstant, type Instant, type StreamId } from '#kernel';
import type { common, scheduler } from '#contracts';
import { declare, ended, key, reason, submit, type Experiment } from '../support/experiment.js';
import { dataOf, historyOf, isSealed, reproduced, runAgain } from '../support/outcomes.js';
import { bothWays } from './both-ways.js';

const namespace = 'told';
const experiment: Experiment = {
  namespace,
  name: 'masses',
  files: {
    'main.mjs': `import { appendFileSync, readFileSync } from 'node:fs';
const { knobs } = JSON.parse(readFileSync(process.env.HOLDFAST_PARAMS, 'utf8'));
appendFileSync(process.env.HOLDFAST_METRICS, JSON.stringify({ name: 'score', value: knobs.scale, step: 0 }) + '\\n');`,
  },
  datasets: { birds: 'species\nowl\n' },
  knobs: { scale: 1 },
  blueprint: {
    knobs: { scale: 1 },
    data: { birds: { dataset: 'birds@1' } },
    steps: { main: { run: ['node', 'main.mjs'], in: { raw: 'data.birds' } } },
    metrics: { score: { goal: 'none', tolerance: 0 } },
  },
};
const indexesOf = (events: readonly common.Event[]) => events.map(({ index }) => Number(index));
const idOf = (event: Pick<common.Event, 'eventId'>) => event.eventId;

bothWays('history', (system) => {
  const auditor = () => system().connection.auditor;
  let run: scheduler.Run;
  let other: scheduler.Run;
  let drift: StreamId;
  let reproduction: string;
  let member: scheduler.Run;

  /** One of everything that a run can set off. */
  beforeAll(async () => {
    await declare(system(), experiment);
    run = await ended(system(), await submit(system(), experiment));
    const about = { namespace, blueprint: 'masses', channel: 'dev', metric: 'score', reason: 'it is right' };
    const { baseline } = await auditor().acceptBaseline({ ...about, runs: [run.id] }, key());
    const { id, repeatedRun } = await reproduced(system(), run);
    reproduction = id;
    other = await runAgain(system(), experiment, { scale: 3 });
    const driftsOf = async ({ id: runId }: scheduler.Run) =>
      (await auditor().listDrift({ namespace, runId, pageSize: 0, pageToken: '' })).drifts;
    const drifts = await driftsOf(other);
    expect(drifts[0]).toMatchObject({ baselineId: baseline?.id, kind: 'result' });
    drift = drifts[0]?.stream as StreamId;
    const space = { namespace, blueprint: 'masses', axes: ['scale=1,2'], trials: 0, priority: 0 };
    const { sweep } = await system().connection.scheduler.submitSweep(
      { ...space, reason: 'to see which', dryRun: false },
      key(),
    );
    const members = await Promise.all(
      [0, 1].map(async (index) => {
        for (;;) {
          const { members } = await system().connection.scheduler.getSweep({
            namespace,
            id: sweep?.id ?? '',
            summary: false,
          });
          const id = members[index]?.run;
          if (id !== undefined) return ended(system(), { namespace, id });
          await systemClock.sleep(20);
        }
      }),
    );
    // Until nothing comes of them any more.
    for (const sealed of [repeatedRun, other.id]) await isSealed(system(), { id: sealed });
    for (member of members.toReversed()) {
      await isSealed(system(), member);
      await driftsOf(member);
    }
  });

  it('is told of a run, a knob, a dataset, and of everything, in one order', async () => {
    const all = await historyOf(system());
    expect(indexesOf(all)).toEqual(all.map((_, index) => index));
    const types = async (subject: string) =>
      (await historyOf(system(), { subject, namespace })).map(({ type }) => type);
    expect(await types('knob:scale')).toEqual(['KnobDeclared']);
    expect(await types('dataset:birds')).toEqual(['DatasetVersionAdded']);
    expect((await types(run.id.slice(0, 12))).at(-1)).toBe('BundleSealed');
    await expect(types('knob:none')).rejects.toMatchObject({ code: 'SUBJECT_NOT_FOUND' });
    const wanted = { types: ['RunCompleted'] };
    const filtered = await historyOf(system(), wanted);
    expect(filtered.map(idOf)).toEqual(all.filter(({ type }) => type === 'RunCompleted').map(idOf));
    const { actor } = filtered[0] as common.Event;
    const by = await historyOf(system(), { actor: actor?.id ?? '' });
    expect(by.map(idOf)).toEqual(all.filter((event) => event.actor?.id === actor?.id).map(idOf));
  });

  it('is told as of an index and as of a time, as it was then', async () => {
    const all = await historyOf(system());
    const at = Math.floor(all.length / 2);
    const prefix = all.slice(0, at + 1).map(idOf);
    expect((await historyOf(system(), { asOf: { $case: 'asOfIndex', value: at } })).map(idOf)).toEqual(
      prefix,
    );
    // The clocks of two instances may be five seconds apart, so a time is that much generous.
    const time = toInstant(epochMs((all[0]?.recordedAt ?? '') as Instant) - 6000);
    expect(await historyOf(system(), { asOf: { $case: 'asOfTime', value: time } })).toEqual([]);
    const now = all.at(-1)?.recordedAt ?? '';
    const asOfNow = await historyOf(system(), { asOf: { $case: 'asOfTime', value: now } });
    expect(asOfNow.slice(0, all.length).map(idOf)).toEqual(all.map(idOf));
    // That it was read since.
    expect(asOfNow.slice(all.length).filter(({ type }) => type !== 'TrailRead')).toEqual([]);
    const completed = all.find(({ stream, type }) => stream === run.stream && type === 'RunCompleted');
    const before = await historyOf(system(), {
      subject: run.id,
      asOf: { $case: 'asOfIndex', value: Number(completed?.index) - 1 },
    });
    expect(before.at(-1)?.type).not.toBe('RunCompleted');
    expect(before[0]?.type).toBe('RunSubmitted');
  });

  it('goes on after any index without a gap or a repeat, and follows what comes', async () => {
    const all = await historyOf(system());
    const pieces: common.Event[] = [];
    while (pieces.length < all.length) {
      const after = pieces.at(-1)?.index;
      const more = await historyOf(system(), {
        ...{ limit: 7, ...(after === undefined ? {} : { afterIndex: after }) },
      });
      expect(more.length).toBeGreaterThan(0);
      pieces.push(...more);
    }
    expect(pieces.map(idOf)).toEqual(all.map(idOf));
    const stop = new AbortController();
    const following = auditor().readHistory(
      {
        ...{ subject: '', namespace: '', asOf: undefined, types: [], limit: 0, follow: true },
        afterIndex: Number(all.at(-1)?.index),
      },
      { signal: stop.signal },
    );
    const fresh = await runAgain(system(), experiment);
    const seen: common.Event[] = [];
    for await (const { event } of following) {
      if (event !== undefined) seen.push(event);
      if (seen.some(({ type, stream }) => type === 'BundleSealed' && stream.endsWith(fresh.id))) break;
    }
    stop.abort();
    expect(indexesOf(seen)).toEqual(seen.map((_, i) => all.length + i));
  });

  it('leads from anything back to what somebody wanted', async () => {
    const why = async (subject: string) => {
      const { chain, reason, actor } = await auditor().explainWhy({ namespace, subject });
      return { first: chain.at(-1)?.type, effect: chain[0]?.type, reason, type: actor?.type };
    };
    const type = 'person';
    await isSealed(system(), run);
    expect(await why(`bundle-${run.id}`)).toEqual({
      ...{ first: 'RunAdmitted', effect: 'BundleSealed', reason, type },
    });
    expect(await why(drift)).toEqual({ first: 'RunAdmitted', effect: 'DriftDetected', reason, type });
    expect(await why(`bundle-${member.id}`)).toEqual({
      ...{ first: 'SweepSubmitted', effect: 'BundleSealed', reason: 'to see which', type },
    });
    expect(await why(`reproduction-${reproduction}`)).toEqual({
      ...{ first: 'ReproductionStarted', effect: 'ReproductionConcluded', reason, type },
    });
  });

  it('is one connected chain: every cause exists, comes before its effect, and belongs to the same request', async () => {
    const all = await historyOf(system());
    const byId = new Map(all.map((event) => [event.eventId, event]));
    const broken = all.flatMap((event) => {
      const told = `${event.type} of ${event.stream}`;
      if (event.actor?.id === undefined || event.actor.id === '') return [`${told} has no actor`];
      if (event.correlationId === '') return [`${told} belongs to no request`];
      if (event.causationId === undefined) return [];
      const cause = byId.get(event.causationId);
      if (cause === undefined) return [`${told}: its cause is nowhere`];
      if (Number(cause.index) >= Number(event.index)) return [`${told}: its cause comes later`];
      return cause.correlationId === event.correlationId ? [] : [`${told}: its cause is of another request`];
    });
    expect(broken).toEqual([]);
    // What begins by itself is what somebody asked for, in whoever's stream it lies.
    const roots = new Set(all.filter(({ causationId }) => causationId === undefined).map(({ type }) => type));
    expect([...roots].sort()).toEqual([
      ...['BaselineAccepted', 'BlueprintVersionDeclared', 'DatasetVersionAdded', 'EnvironmentRegistered'],
      ...['ExecutorJoined', 'KnobDeclared', 'ReproductionStarted', 'RunAdmitted', 'RunSubmitted'],
      ...['SweepSubmitted', 'TrailRead'],
    ]);
    const of = (type: string, stream: string) =>
      all.find((event) => event.type === type && event.stream === stream) as common.Event;
    const causeOf = (type: string, stream: string) => byId.get(of(type, stream).causationId ?? '')?.type;
    expect(causeOf('BundleSealed', `bundle-${run.id}`)).toBe('RunCompleted');
    expect(causeOf('RunStarted', run.stream)).toBe('RunClaimed');
    expect(causeOf('RunCompleted', run.stream)).toBe('RunClaimed');
    expect(causeOf('DriftDetected', drift)).toBe('RunCompleted');
    expect(causeOf('RunSubmitted', member.stream)).toBe('SweepSubmitted');
    const { repeatedRun } = dataOf(of('ReproductionStarted', `reproduction-${reproduction}`));
    expect(causeOf('RunSubmitted', `run-${String(repeatedRun)}`)).toBe('ReproductionStarted');
    expect(causeOf('ReproductionConcluded', `reproduction-${reproduction}`)).toBe('RunCompleted');
  });
});
