import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { streamId, type Instant } from '#kernel';
import { nameId } from '#evidence';
import type { auditor as proto } from '#contracts';
import { decodeEnvelope, encodeEnvelope } from '#contracts/stored';
import { knobStream } from '#domain/knob';
import { openAuditorForTest, type OpenedAuditor } from '../testing/open-auditor.js';
import { person, writeRun } from '../testing/write-run.js';

let opened: OpenedAuditor;
beforeEach(async () => {
  opened = await openAuditorForTest();
});
afterEach(() => opened.close());

const history = (more: Partial<proto.ReadHistoryRequest> = {}) =>
  opened.client.auditor.readHistory({
    ...{ subject: '', namespace: '', asOf: undefined, types: [], limit: 0, follow: false },
    ...more,
  });
async function told(more: Partial<proto.ReadHistoryRequest> = {}) {
  const messages: proto.ReadHistoryResponse[] = [];
  for await (const message of history(more)) messages.push(message);
  return messages;
}
/** All but that somebody has read them. */
const events = async (more: Partial<proto.ReadHistoryRequest> = {}) =>
  (await told(more)).flatMap(({ event }) => (event && !event.stream.startsWith('access-') ? event : []));
const indexes = async (more: Partial<proto.ReadHistoryRequest> = {}) =>
  (await events(more)).map(({ index }) => index);

/** Anything that some service may have written, of a kind and type that this one knows nothing of. */
async function write(
  stream: ReturnType<typeof streamId>,
  revision: number,
  more: object = {},
): Promise<string> {
  const eventId = nameId('event', stream, String(revision));
  const metadata = {
    ...{
      actor: person,
      correlationId: `c-${stream}`,
      service: 'test',
      serviceVersion: '1',
      schemaVersion: 1,
    },
    ...{ recordedAt: '2026-01-31T09:30:00.000Z' as Instant, ...more },
  };
  const bytes = encodeEnvelope({ metadata, data: { at: revision } });
  await opened.engines.eventStore.append(stream, revision === 0 ? 'none' : revision - 1, [
    { eventId, type: 'SomethingNew', bytes },
  ]);
  return eventId;
}

describe('history', () => {
  it('of everything is every event, in one order, by the exact bytes', async () => {
    await writeRun(opened.engines, 'a');
    await write(streamId('note', nameId('n')), 0);
    await writeRun(opened.engines, 'b');
    const all = await events();
    expect(all.map(({ index }) => index)).toEqual(all.map((_, i) => i));
    const stored: Buffer[] = [];
    for await (const batch of opened.engines.eventStore.readAll())
      for (const { stream, bytes } of batch)
        if (!stream.startsWith('access-')) stored.push(Buffer.from(bytes));
    expect(all.map(({ envelope }) => envelope)).toEqual(stored);
    expect(all[6]).toMatchObject({ stream: `note-${nameId('n')}`, revision: 0, type: 'SomethingNew' });
    expect(all[0]).toMatchObject({ reason: 'to see whether it works', actor: { type: 'person' } });
  });

  it('goes on after any index without gap or repeat, whatever is asked for', async () => {
    const { id } = await writeRun(opened.engines, 'a');
    await writeRun(opened.engines, 'b');
    await write(streamId('bundle', id), 0);
    for (const subject of ['', id]) {
      const whole = await events({ subject });
      for (const { index = 0 } of whole) {
        const [before, after] = [
          await events({ subject, asOf: { $case: 'asOfIndex', value: index } }),
          await events({ subject, afterIndex: index }),
        ];
        expect([...before, ...after]).toEqual(whole);
      }
      expect(await events({ subject, afterIndex: 1000 })).toEqual([]);
      expect(await events({ subject, limit: 2 })).toEqual(whole.slice(0, 2));
    }
  });

  it('is of a run with its bundle, by id, prefix, stream or as the last one', async () => {
    const { id } = await writeRun(opened.engines, 'a');
    await write(streamId('bundle', id), 0);
    const own = [0, 1, 2, 3, 4, 5, 6];
    await writeRun(opened.engines, 'b', { namespace: 'penguins' });
    for (const subject of [id, id.slice(0, 8), id.slice(0, 4).toUpperCase()])
      expect(await indexes({ subject })).toEqual(own);
    expect(await indexes({ subject: 'last', namespace: 'default' })).toEqual(own);
    for (const subject of [`run-${id}`, `run-${id.slice(0, 6)}`])
      expect(await indexes({ subject })).toEqual(own.slice(0, 6));
    for (const namespace of ['penguins', ''])
      expect(await indexes({ subject: 'last', namespace })).toEqual([7, 8, 9, 10, 11, 12]);
  });

  it('is found by catalogue name, also of another namespace', async () => {
    await write(knobStream('penguins', 'l2'), 0);
    expect(await indexes({ subject: 'knob:l2', namespace: 'penguins' })).toEqual([0]);
    expect(await indexes({ subject: 'knob:penguins/l2' })).toEqual([0]);
    await expect(told({ subject: 'knob:l2' })).rejects.toMatchObject({ code: 'SUBJECT_NOT_FOUND' });
  });

  it('says of an id that may be several which they are, and of nonsense what an id is', async () => {
    const uuids = ['0000000a', '0000000b'].map((start) => `${start}-0000-4000-8000-000000000000`);
    for (const uuid of uuids) await write(streamId('note', uuid), 0);
    await expect(told({ subject: '0000' })).rejects.toMatchObject({
      code: 'AMBIGUOUS_ID',
      message: expect.stringContaining(uuids[1] as string),
    });
    await expect(told({ subject: 'abc' })).rejects.toMatchObject({ code: 'SUBJECT_INVALID' });
    await expect(told({ subject: 'ffff' })).rejects.toMatchObject({ code: 'SUBJECT_NOT_FOUND' });
    await expect(
      told({
        limit: -1,
        afterIndex: -5,
        follow: true,
        asOf: { $case: 'asOfIndex', value: -1 },
        namespace: 'N o',
      }),
    ).rejects.toMatchObject({ code: 'INVALID_REQUEST', problems: { length: 5 } });
  });

  it('is filtered by type and actor', async () => {
    const { id } = await writeRun(opened.engines, 'a');
    for (const subject of ['', id]) {
      expect(await indexes({ subject, types: ['RunClaimed', 'RunCompleted'] })).toEqual([2, 5]);
      expect(await indexes({ subject, actor: person.id })).toEqual([0, 1]);
      expect(await indexes({ subject, types: ['RunClaimed'], actor: person.id })).toEqual([]);
    }
  });

  it('is filtered by when it was recorded, and bounded by index, whatever order times are in', async () => {
    const stream = streamId('note', nameId('n'));
    const times = ['09:30:00', '09:30:04', '09:30:20', '09:30:01', '09:31:00'];
    for (const [i, time] of times.entries())
      await write(stream, i, { recordedAt: `2026-01-31T${time}.000Z` as Instant });
    const at = (time: string) => `2026-01-31T${time}.000Z` as Instant;
    for (const subject of ['', stream]) {
      const within = (from?: string, to?: string, more: object = {}) =>
        indexes({
          ...{ subject, ...more },
          ...(from === undefined ? {} : { recordedFrom: at(from) }),
          ...(to === undefined ? {} : { recordedTo: at(to) }),
        });
      expect(await within('09:30:01', '09:30:20')).toEqual([1, 3]);
      expect(await within('09:30:20')).toEqual([2, 4]);
      expect(await within(undefined, '09:30:04')).toEqual([0, 3]);
      expect(await within('09:30:01', '09:30:20', { toIndex: 2 })).toEqual([1]);
      expect(await within('12:00:00')).toEqual([]);
      expect(await within(undefined, '09:00:00')).toEqual([]);
      expect(await within(undefined, undefined, { afterIndex: 1, toIndex: 3 })).toEqual([2, 3]);
      expect(await within(undefined, undefined, { follow: true, toIndex: 4 })).toEqual([0, 1, 2, 3, 4]);
    }
  });

  it('as of a time is the prefix before the first event recorded later, by more than clocks may differ', async () => {
    const stream = streamId('note', nameId('n'));
    const times = ['09:30:00', '09:30:04', '09:30:20', '09:30:01', '09:31:00'];
    for (const [i, time] of times.entries())
      await write(stream, i, { recordedAt: `2026-01-31T${time}.000Z` as Instant });
    const asOf = async (time: string, more: object = {}) => {
      const messages = await told({ asOf: { $case: 'asOfTime', value: `2026-01-31T${time}.000Z` }, ...more });
      const resolved = messages.map(({ resolvedIndex }) => resolvedIndex);
      expect(resolved.slice(0, -1).every((value) => value === undefined)).toBe(true);
      const seen = messages.flatMap(({ event }) =>
        event && !event.stream.startsWith('access-') ? (event.index ?? []) : [],
      );
      return [seen, resolved.at(-1)];
    };
    expect(await asOf('09:29:00')).toEqual([[], -1]);
    expect(await asOf('09:30:00')).toEqual([[0, 1], 1]);
    expect(await asOf('09:30:15', { subject: stream })).toEqual([[0, 1, 2, 3], 3]);
    expect(await asOf('09:30:15', { limit: 1 })).toEqual([[0], 3]);
    expect(await asOf('12:00:00')).toEqual([[0, 1, 2, 3, 4], 4]);
    const never = { $case: 'asOfTime', value: '9999-12-31T23:59:59.999Z' } as const;
    expect((await told({ asOf: never, subject: stream })).length).toBe(5);
  });

  it('follows what comes, and what comes of one subject', async () => {
    const stream = streamId('note', nameId('n'));
    await write(stream, 0);
    const followed = [history({ follow: true }), history({ subject: stream, follow: true })].map(
      async (source) => {
        const seen: (number | undefined)[] = [];
        for await (const { event } of source) {
          if (event?.stream.startsWith('access-')) continue;
          seen.push(event?.index);
          if (seen.length === 1) started();
          if (seen.length === 2) break;
        }
        return seen;
      },
    );
    let left = 2;
    let started = () => {};
    const both = new Promise<void>((resolve) => {
      started = () => (--left === 0 ? resolve() : undefined);
    });
    await Promise.race([both, Promise.all(followed)]);
    await write(streamId('note', nameId('other')), 0, {});
    await write(stream, 1);
    expect(await Promise.all(followed)).toEqual([
      [0, 3],
      [0, 4],
    ]);
  });

  it('of many streams and pages comes in order', async () => {
    const streams = ['a', 'b'].map((kind) => streamId(kind, nameId('long')));
    for (const stream of streams) {
      const batch = Array.from({ length: 600 }, (_, i) => ({
        eventId: nameId('event', stream, String(i)),
        type: 'SomethingNew',
        bytes: encodeEnvelope({
          metadata: {
            ...{ actor: person, correlationId: 'c', service: 't', serviceVersion: '1', schemaVersion: 1 },
            recordedAt: '2026-01-31T09:30:00.000Z' as Instant,
          },
          data: { i },
        }),
      }));
      for (let i = 0; i < 600; i += 100)
        await opened.engines.eventStore.append(stream, i === 0 ? 'none' : i - 1, batch.slice(i, i + 100));
    }
    const all = await events({ subject: nameId('long') });
    expect(all.map(({ index }) => index)).toEqual(Array.from({ length: 1200 }, (_, i) => i));
    expect(decodeEnvelope(all[1199]?.envelope as Buffer).data).toEqual({ i: 599 });
    expect(await indexes({ subject: nameId('long'), afterIndex: 999, limit: 2 })).toEqual([1000, 1001]);
  });
});

describe('why', () => {
  const why = (subject: string) => opened.client.auditor.explainWhy({ namespace: '', subject });

  it('goes back along the causes to the reason that a person gave', async () => {
    const { id, eventIds } = await writeRun(opened.engines, 'a', { reason: 'the reviewer asked' });
    await write(streamId('bundle', id), 0, { causationId: eventIds['RunCompleted'], correlationId: 'c-a' });
    const { chain, reason, actor } = await why(id);
    expect(chain.map(({ type }) => type)).toEqual([
      'SomethingNew',
      'RunCompleted',
      'RunClaimed',
      'RunSubmitted',
    ]);
    expect([reason, actor]).toEqual(['the reviewer asked', { ...person, roles: [] }]);
  });

  it('ends at circles and at causes that are not here, and says who where nobody gave a reason', async () => {
    const [a, b] = [streamId('note', nameId('a')), streamId('note', nameId('b'))];
    const second = nameId('event', b, '0');
    const first = await write(a, 0, { causationId: second });
    await write(b, 0, { causationId: first });
    expect((await why(b)).chain.map(({ stream }) => stream)).toEqual([b, a]);
    const lost = await write(a, 1, { causationId: nameId('gone'), reason: '' });
    expect(await why(a)).toMatchObject({ chain: [{ eventId: lost }], reason: '', actor: { id: person.id } });
    await expect(why('')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

describe('two moments', () => {
  const compare = (more: Partial<proto.CompareMomentsRequest>) =>
    opened.client.auditor.compareMoments({
      ...{ namespace: '', subject: '', before: undefined, after: undefined },
      ...more,
    });
  const index = (value: number): proto.Moment => ({ moment: { $case: 'index', value } });
  const stateOf = (state: proto.StreamState | undefined) =>
    state && (JSON.parse(Buffer.from(state.state).toString() || 'null') as object);

  it('have the states that the events add up to, and what differs by pointer', async () => {
    const { id } = await writeRun(opened.engines, 'a');
    await write(streamId('note', id), 0);
    const { beforeIndex, afterIndex, streams } = await compare({ subject: id, before: index(1) });
    expect([beforeIndex, afterIndex, streams.map(({ stream }) => stream)]).toEqual([
      ...[1, 6, [`note-${id}`, `run-${id}`]],
    ]);
    const [note, run] = streams;
    expect([note?.before, stateOf(note?.after), note?.differences]).toEqual([undefined, null, []]);
    expect([run?.before?.type, run?.after?.type]).toEqual(['RunAdmitted', 'RunCompleted']);
    expect([stateOf(run?.before), stateOf(run?.after)]).toMatchObject([
      { status: 'queued' },
      { status: 'completed' },
    ]);
    expect(run?.differences).toContainEqual({ path: '/status', before: '"queued"', after: '"completed"' });
    expect(run?.moreDifferences).toBe(false);
  });

  it('may be the same, in the wrong order, or before everything', async () => {
    const { id } = await writeRun(opened.engines, 'a');
    const subject = `run-${id}`;
    const same = await compare({ subject, before: index(2), after: index(2) });
    expect(same.streams).toMatchObject([{ before: { index: 2 }, after: { index: 2 }, differences: [] }]);
    const back = await compare({ subject, before: index(5), after: index(0) });
    expect(back.streams).toMatchObject([{ before: { index: 5 }, after: { index: 0 } }]);
    const never = { moment: { $case: 'time', value: '2001-01-01T00:00:00.000Z' as Instant } } as const;
    expect(await compare({ subject, before: never, after: never })).toMatchObject({
      ...{ beforeIndex: -1, afterIndex: -1, streams: [] },
    });
    const begun = await compare({ subject, before: never });
    expect(begun.streams[0]?.differences).toMatchObject([{ path: '', after: expect.any(String) }]);
    await expect(compare({ before: index(-2) })).rejects.toMatchObject({ problems: { length: 2 } });
  });
});
