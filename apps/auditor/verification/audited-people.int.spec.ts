import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streamId, systemChance, toInstant, type Json } from '#kernel';
import { canonicalBytes, nameId } from '#evidence';
import { openSharedEngines, type SharedEngines } from '#engines';
import { personCodec } from '#contracts/stored';
import type { AuditResult } from '#domain/audit';
import { personStream, type PersonEvent } from '#domain/person';
import { fileSubjects, sealText, type Subjects } from '#key-store';
import type { Auditor } from '../auditor.js';
import { auditPeople } from './audited-people.js';

const at = (minutes: number) => toInstant(60_000 * minutes);
const metadata = (actor: string, minutes = 0) => ({
  ...{
    actor: { id: actor, type: 'person' as const, roles: [] },
    correlationId: 'c',
    recordedAt: at(minutes),
  },
  ...{ instance: 'i', instanceOrder: 0, service: 'auditor', serviceVersion: 'test' },
});

let dir: string;
let engines: SharedEngines;
let people: Subjects;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-people-'));
  const place = (engine: string, name: string) => ({ engine, at: join(dir, name) });
  engines = await openSharedEngines({
    ...{ eventStore: place('sqlite', 'events.sqlite'), artifactStore: place('file', 'artifacts') },
    ...{ messageBus: { engine: 'memory', at: '' }, people: place('file', 'people') },
  });
  people = fileSubjects(join(dir, 'people'));
});
afterAll(async () => {
  await engines.close();
  await rm(dir, { recursive: true });
});

/** What an audit at that time comes to; undefined where nothing is recorded. */
async function audited(minutes = 10): Promise<AuditResult | undefined> {
  let found: AuditResult | undefined;
  const auditor = {
    ...{ clock: { now: () => at(minutes) }, runtime: { engines, people } },
    audits: {
      async execute(_stream: string, { result }: { readonly result: AuditResult }) {
        found = result;
      },
    },
  } as unknown as Auditor;
  const context = { ...{ commandId: systemChance.uuid(), receivedAt: at(minutes) }, ...metadata('a') };
  await auditPeople(auditor, context, new AbortController().signal);
  return found;
}

/** An event with a reason of theirs, or with one of theirs that somebody else's takes along. */
async function says(person: string, by = person): Promise<void> {
  const reason = await sealText(people, person, 'c/reason', 'because');
  const envelope = { data: { n: 1 }, metadata: { ...metadata(by), reason, schemaVersion: 1 } };
  await engines.eventStore.append(streamId('run', systemChance.uuid()), 'none', [
    {
      eventId: systemChance.uuid(),
      type: 'RunSubmitted',
      bytes: canonicalBytes(envelope as unknown as Json),
    },
  ]);
}

const recorded = new Map<string, number>();
async function record(person: string, event: PersonEvent, minutes = 0): Promise<void> {
  const revision = recorded.get(person) ?? -1;
  recorded.set(person, revision + 1);
  await engines.eventStore.append(personStream(person), revision === -1 ? 'none' : revision, [
    {
      ...{ eventId: systemChance.uuid(), type: event.type },
      bytes: personCodec.encode(event, metadata(person, minutes)),
    },
  ]);
}
const name = async (person: string, minutes = 0) => {
  await record(person, { type: 'PersonNamed', at: at(minutes) }, minutes);
  await people.setName(person, 'Somebody');
};
const erased = (person: string, minutes = 0) =>
  record(person, { type: 'PersonErased', authority: 'request 7', at: at(minutes) }, minutes);
const lose = (person: string, file = '') => rm(join(dir, 'people', person, file), { recursive: true });

describe('an audit of people', () => {
  it('is none while there is nobody', async () => {
    expect(await audited()).toBeUndefined();
  });

  it('holds while names and keys are there, or were erased by an event', async () => {
    const [ada, bob, cora] = ['ada', 'bob', 'cora'].map((id) => nameId('person', id)) as [
      string,
      string,
      string,
    ];
    for (const person of [ada, bob, cora]) await says(person);
    for (const person of [ada, bob]) await name(person);
    await erased(bob);
    await people.erase(bob);
    // Of another installation: its key was never here.
    await says(nameId('person', 'elsewhere'), ada);
    await lose(nameId('person', 'elsewhere'));
    expect(await audited()).toMatchObject({ kind: 'people', outcome: 'held', checked: 3, findings: 0 });
  });

  it('names each who lost a name or a key without an event, and who was erased and is there', async () => {
    const cases: Readonly<Record<string, (id: string) => unknown>> = {
      KEY_LOST: (id) => lose(id, 'key'),
      'KEY_LOST by another': async (id) => {
        await lose(id, 'key');
        await people.keyOf(id);
      },
      NAME_LOST: (id) => lose(id, 'name'),
      PERSON_FORGOTTEN: (id) => people.erase(id),
      PERSON_NOT_FORGOTTEN: (id) => erased(id),
    };
    const wanted = new Map<string, string>();
    for (const [code, harm] of Object.entries(cases)) {
      const id = nameId('person', code);
      await name(id);
      await says(id);
      await harm(id);
      wanted.set(id, code.split(' ')[0] as string);
    }
    const found = await audited();
    expect(found).toMatchObject({
      ...{ outcome: 'failed', checked: 8, findings: 5 },
      counts: { KEY_LOST: 2, NAME_LOST: 1, PERSON_FORGOTTEN: 1, PERSON_NOT_FORGOTTEN: 1 },
    });
    expect(new Map(found?.first.map(({ code, message }) => [message.slice(0, 36), code]))).toEqual(wanted);
    expect(found?.first.every(({ eventId, stream }) => eventId && stream?.startsWith('run-'))).toBe(true);
  });

  it('gives a name and an erasure that have just been recorded their time', async () => {
    const [named, forgotten] = [nameId('person', 'named'), nameId('person', 'forgotten')];
    await name(named, 20);
    await name(forgotten, 1);
    await erased(forgotten, 20);
    await lose(named, 'name');
    expect((await audited(20.5))?.findings).toBe(5);
    expect((await audited(30))?.findings).toBe(7);
    await mkdir(join(dir, 'people', forgotten), { recursive: true });
    await writeFile(join(dir, 'people', forgotten, 'erased'), '');
    expect((await audited(30))?.findings).toBe(6);
  });
});
