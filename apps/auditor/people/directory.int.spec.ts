import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError, systemChance, systemClock } from '#kernel';
import { personCodec } from '#contracts/stored';
import { personStream } from '#domain/person';
import type { View } from '#runtime';
import { openAuditorForTest, type OpenedAuditor } from '../testing/open-auditor.js';
import { forgetErased } from './forget-erased.js';
import type { PersonDocument } from './person.projection.js';

const [ada, bob, cora] = [1, 2, 3].map(() => systemChance.uuid()) as [string, string, string];
const by = (actor: string) => ({
  idempotencyKey: systemChance.uuid(),
  metadata: { 'holdfast-actor': actor, 'holdfast-actor-type': 'person' },
});
const erasure = (person: string) => ({ person, authority: 'request 7', reason: 'they asked for it' });

let opened: OpenedAuditor;
const auditor = () => opened.client.auditor;
const typesOf = async (person: string) => {
  const events = await Array.fromAsync(opened.engines.eventStore.readStream(personStream(person)));
  return events.flat().map(({ type }) => type);
};
beforeAll(async () => {
  opened = await openAuditorForTest();
});
afterAll(() => opened.close());

describe('the directory of people', () => {
  it('is not opened while nobody is named and nobody says why', async () => {
    await auditor().listPeople({ pageSize: 0, pageToken: '' });
    await auditor()
      .getCheckpoint({} as never)
      .catch(() => undefined);
    expect(existsSync(join(opened.dataDir, 'people'))).toBe(false);
  });

  it('names whoever calls, corrects it, and keeps the name out of the events', async () => {
    const call = by(ada);
    for (const _ of [1, 2]) await auditor().namePerson({ person: '', name: 'Ada Byron' }, call);
    const { person } = await auditor().namePerson({ person: '', name: 'Ada Lovelace' }, by(ada));
    expect(person).toMatchObject({ id: ada, name: 'Ada Lovelace', erased: false });
    await auditor().namePerson({ person: bob, name: 'Bob' }, by(ada));
    for (const name of ['Erased', 'bo\u202eb'])
      await expect(auditor().namePerson({ person: bob, name }, by(ada))).rejects.toMatchObject({
        problems: [{ code: 'NAME_MISLEADING' }],
      });
    expect(await typesOf(ada)).toEqual(['PersonNamed', 'PersonNamed']);
    const { people } = await auditor().listPeople({ pageSize: 0, pageToken: '' });
    expect(people.map(({ name }) => name)).toEqual(['Bob', 'Ada Lovelace']);
    const { people: first, nextPageToken } = await auditor().listPeople({ pageSize: 1, pageToken: '' });
    const { people: second } = await auditor().listPeople({ pageSize: 1, pageToken: nextPageToken });
    expect([...first, ...second]).toEqual(people);
    const named = (name: string) => auditor().listPeople({ pageSize: 0, pageToken: '', name });
    expect((await named('Ada Lovelace')).people).toEqual([people[1]]);
    expect((await named('Ada Byron')).people).toEqual([]);
    const events = (await Array.fromAsync(opened.engines.eventStore.readAll())).flat();
    expect(Buffer.concat(events.map(({ bytes }) => bytes)).toString()).not.toMatch(/Lovelace|Byron|Bob/);
  });

  it('shows names beside pseudonyms, and reasons opened, where people look', async () => {
    // By then the log holds what is reviewed.
    await Array.fromAsync(auditor().proveEvents({ namespace: '', subject: personStream(ada), types: [] }));
    const said = { firstIndex: 0, lastIndex: 0, outcome: 'accepted', reason: 'every entry has its reason' };
    const { review } = await auditor().recordReview(said, by(ada));
    expect(review).toMatchObject({ reviewer: ada, reviewerName: 'Ada Lovelace', reason: said.reason });
    const { reviews } = await auditor().listReviews({ pageSize: 0, pageToken: '' });
    expect(reviews).toEqual([review]);
    const subject = `review-${review?.id}`;
    const { chain, reason, actor } = await auditor().explainWhy({ namespace: '', subject });
    expect([chain[0]?.actor?.name, reason, actor?.name]).toEqual([
      'Ada Lovelace',
      said.reason,
      'Ada Lovelace',
    ]);
    expect(Buffer.from(chain[0]?.envelope ?? []).toString()).not.toContain(said.reason);
  });

  it('finds who is meant by an id, its beginning or a name, and keeps the name out of the events', async () => {
    const history = { namespace: '', subject: '', types: [], limit: 0, follow: false, asOf: undefined };
    const read = (actor: string) => Array.fromAsync(auditor().readHistory({ ...history, actor }, by(cora)));
    const all = (await read(ada)).length;
    expect(all).toBeGreaterThan(2);
    for (const given of [ada.slice(0, 8), ada.slice(0, 8).toUpperCase(), 'Ada Lovelace'])
      expect(await read(given)).toHaveLength(all);
    for (const given of ['Ada', 'ffff0000', '', '=1'])
      await expect(read(given)).rejects.toMatchObject({ kind: 'not-found', code: 'ACTOR_NOT_FOUND' });
    const { person } = await auditor().getPerson({ person: bob.slice(0, 8) });
    expect(person).toMatchObject({ id: bob, name: 'Bob' });
    const anExport = { namespace: '', types: [], runs: [], blueprints: [], formats: [], named: false };
    const parts = await Array.fromAsync(
      auditor().exportAudit({ ...anExport, actor: 'Ada Lovelace' }, by(cora)),
    );
    expect(parts.at(-1)?.summary?.events).toBe(all);
    const events = (await Array.fromAsync(opened.engines.eventStore.readAll())).flat();
    expect(Buffer.concat(events.map(({ bytes }) => bytes)).toString()).not.toMatch(/Lovelace/);
  });

  it('forgets for good: name, keys and what was said, by an event that comes first', async () => {
    await expect(
      auditor().erasePerson({ ...erasure(bob), authority: ' ', reason: '' }, by(ada)),
    ).rejects.toMatchObject({ code: 'PERSON_INVALID', problems: { length: 2 } });
    const nobody = '00000000-0000-0000-0000-000000000000';
    for (const person of [nobody, 'Bob'])
      await expect(auditor().erasePerson(erasure(person), by(ada))).rejects.toMatchObject({
        kind: 'invalid',
      });
    await expect(auditor().erasePerson(erasure(systemChance.uuid()), by(ada))).rejects.toMatchObject({
      ...{ kind: 'not-found', code: 'PERSON_UNKNOWN' },
    });
    const naming = { ...erasure(ada), authority: 'the Lovelace case', reason: 'ada asked for it' };
    await expect(auditor().erasePerson(naming, by(bob))).rejects.toMatchObject({
      problems: [
        { code: 'NAMES_PERSON', field: 'authority' },
        { code: 'NAMES_PERSON', field: 'reason' },
      ],
    });
    const hold = { namespace: '', subject: personStream(ada), authority: 'case 7', reason: 'a claim' };
    const { hold: placed } = await auditor().placeHold(hold, by(bob));
    const call = by(bob);
    await expect(auditor().erasePerson(erasure(ada), call)).rejects.toMatchObject({
      ...{ kind: 'rule', code: 'PERSON_HELD', message: expect.stringContaining(placed?.id ?? '?') },
    });
    await auditor().releaseHold(
      { hold: placed?.id ?? '', authority: 'closed', reason: 'it is over' },
      by(bob),
    );
    for (const _ of [1, 2]) {
      const { person } = await auditor().erasePerson(erasure(ada), call);
      expect(person).toMatchObject({ id: ada, erased: true, authority: 'request 7', name: undefined });
    }
    expect(await typesOf(ada)).toEqual(['PersonNamed', 'PersonNamed', 'PersonErased']);
    expect((await auditor().placeHold(hold, by(bob))).tooLateFor).toEqual([`person ${ada}`]);
    expect((await auditor().erasePerson(erasure(ada), by(bob))).person).toMatchObject({ erased: true });
    const { reviews } = await auditor().listReviews({ pageSize: 0, pageToken: '' });
    expect(reviews).toMatchObject([{ reviewerName: 'erased', reason: 'erased' }]);
    await expect(auditor().namePerson({ person: ada, name: 'Ada' }, by(bob))).rejects.toMatchObject({
      ...{ kind: 'rule', code: 'PERSON_ERASED' },
    });
  });

  it('destroys the keys of an erasure whose instance stopped right after it was recorded', async () => {
    const { people, eventStore } = opened.engines;
    await people.setName(cora, 'Cora');
    const at = systemClock.now();
    const metadata = {
      actor: { id: bob, type: 'person', roles: [] },
      ...{ correlationId: 'c', recordedAt: at, service: 'auditor', serviceVersion: '0' },
    } as const;
    const bytes = personCodec.encode({ type: 'PersonErased', authority: 'request 8', at }, metadata);
    const event = { eventId: systemChance.uuid(), type: 'PersonErased', bytes };
    await eventStore.append(personStream(cora), 'none', [event]);
    while (!(await people.find(cora)).erased) await systemClock.sleep(10);
    expect((await auditor().getPerson({ person: cora })).person).toMatchObject({ erased: true });
  });
});

describe('whom a restored directory brings back', () => {
  it('is erased again soon after the start and every hour, page by page, and after a failure sooner', async () => {
    const { people } = opened.engines;
    const erased = [ada, bob, cora];
    const timers: { readonly ms: number; act(): void }[] = [];
    const clock = {
      ...systemClock,
      sleep: (ms: number, signal?: AbortSignal) =>
        new Promise<void>((act, end) => {
          timers.push({ ms, act });
          signal?.addEventListener('abort', end);
        }),
    };
    let broken: Error | undefined = new DomainError('unavailable', 'NOT_READY', 'being built');
    const view = {
      page({ pageToken = '' }: { readonly pageToken?: string }) {
        if (broken) return Promise.reject(broken);
        const at = Number(pageToken);
        return Promise.resolve({
          items: erased.slice(at, at + 1).map((id) => ({ id })),
          nextPageToken: at + 1 < erased.length ? String(at + 1) : '',
        });
      },
    } as unknown as View<PersonDocument>;
    const told: unknown[] = [];
    const end = forgetErased(view, people, clock, (error) => told.push(error));
    const pass = async () => {
      const count = timers.length;
      timers.at(-1)?.act();
      while (timers.length === count) await systemClock.sleep(1);
    };
    await pass();
    broken = new Error('the read store is away');
    await pass();
    broken = undefined;
    await writeFile(join(opened.dataDir, 'people', ada, 'key'), Buffer.alloc(32));
    await pass();
    expect(existsSync(join(opened.dataDir, 'people', ada, 'key'))).toBe(false);
    expect(await people.find(bob)).toMatchObject({ erased: true });
    expect(timers.map(({ ms }) => ms)).toEqual([1_000, 1_000, 60_000, 3_600_000]);
    expect(told).toHaveLength(1);
    await end();
  });
});
