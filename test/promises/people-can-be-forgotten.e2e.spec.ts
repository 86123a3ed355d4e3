import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from '@jest/globals';
import { systemClock, type DomainError, type JsonObject, type StreamId } from '#kernel';
import { parseVerifierKey } from '#evidence';
import { verifyBundle } from '#bundle-file';
import type { common } from '#contracts';
import { blueprintStream } from '#domain/blueprint';
import type { Meaning } from '#domain/signature';
import { verifyExport } from '#export-file';
import { connect, type Connection } from '#rpc';
import { declare, ended, key, submit, type Experiment } from '../support/experiment.js';
import { isSealed } from '../support/outcomes.js';
import { signer } from '../support/signing.js';
import { startTogether } from '../support/start-together.js';
import { onOneSystem } from './on-one-system.js';

const ada = '6f1c5f0e-0b0a-4b0e-9c56-0000000ada00';
const name = 'Ada-Lovelace-7731';
const said = 'because-of-my-knee-99e1';
const namespace = 'forgotten';
const anyKey = { keys: [], witnessKeys: [], witnesses: 0, seen: [] };
const own = await mkdtemp(join(tmpdir(), 'holdfast-forgotten-'));
afterAll(() => rm(own, { recursive: true, force: true }));

const experiment: Experiment = {
  ...{ namespace, name: 'walks', knobs: { lr: 1 }, datasets: { steps: 'day\n1\n' } },
  files: { 'a.sh': '#!/bin/sh\necho \'{"name":"steps","value":3}\' > "$HOLDFAST_METRICS"\n' },
  blueprint: {
    ...{ knobs: { lr: 1 }, data: { steps: { dataset: 'steps@1' } } },
    steps: { a: { run: ['./a.sh'], in: { raw: 'data.steps' } } },
    metrics: { steps: { goal: 'maximize', tolerance: 0, unit: '1' } },
  },
};

/** Every file of a folder, whole, but those of the directory of people. */
async function bytesBelow(folder: string): Promise<Buffer> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const kept = files.filter((file) => file.isFile() && !file.parentPath.includes(join(folder, 'people')));
  // What is written beside and renamed is gone by then under its first name.
  const bytesOf = (path: string) =>
    readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return Buffer.alloc(0);
    });
  return Buffer.concat(await Promise.all(kept.map((file) => bytesOf(join(file.parentPath, file.name)))));
}

async function exportOf({ auditor }: Connection, file: string, more: object = {}): Promise<string> {
  const request = { namespace: '', types: [], runs: [], blueprints: [], formats: [], ...more };
  const chunks = await Array.fromAsync(auditor.exportAudit(request));
  await writeFile(join(own, file), Buffer.concat(chunks.map(({ chunk }) => chunk)));
  return join(own, file);
}

async function bundleOf({ provenance }: Connection, runId: string, file: string, more: object = {}) {
  const parts = provenance.exportBundle({
    ...{ namespace, runId, withData: true, withEnvironment: false, withoutProofs: false },
    ...more,
  });
  const data = (await Array.fromAsync(parts)).map((part) => part.data);
  await writeFile(join(own, file), Buffer.concat(data));
  return join(own, file);
}

/** Everything that the services answer about people and what they said, in one text. */
async function answers(client: Connection, run: string): Promise<string> {
  const page = { namespace: '', pageSize: 1000, pageToken: '' };
  const { auditor, registry, scheduler, provenance } = client;
  const history = { namespace, subject: '', types: [], limit: 0, follow: false, asOf: undefined };
  const told = await Promise.all([
    Array.fromAsync(auditor.readHistory(history)),
    auditor.explainWhy({ namespace, subject: run }),
    auditor.listReviews(page),
    auditor.listHolds({ ...page, subject: '', inForce: false }),
    auditor.listSignatures({ ...page, subject: '' }),
    auditor.listBaselines({ ...page, namespace }),
    auditor.listPeople(page),
    registry.listBlueprints({ ...page, namespace }),
    registry.listDatasets({ ...page, namespace }),
    scheduler.getRun({ namespace, id: run }),
    scheduler.listRuns({ ...page, namespace, statuses: [], orderBy: '' }),
    scheduler.listSweeps({ ...page, namespace }),
    provenance.listReproductions({ ...page, namespace }),
    provenance.listRetention({ ...page, class: '' }),
  ]);
  return JSON.stringify(told, (_, value: unknown) =>
    value instanceof Uint8Array || (value as { type?: string } | null)?.type === 'Buffer' ? '' : value,
  );
}

onOneSystem('whoever asks for it is forgotten, and the evidence holds', (system) => {
  let client: Connection;
  let run: string;
  let trusted: { keys: ReturnType<typeof parseVerifierKey>[] };
  const published: Buffer[] = [];

  it('whatever they say is sealed in all that is stored and sent, and shown to who asks', async () => {
    const services = ['registry', 'scheduler', 'provenance', 'auditor'];
    const topics = services.map((service) => `holdfast.${service}.v1`);
    const heard = system().bus.subscribe({ topics }, ({ headers, value }) => {
      published.push(Buffer.from(JSON.stringify(headers)), Buffer.from(value));
    });
    await heard.ready;
    client = connect(system().addresses.auditor, {
      defaults: { metadata: { 'holdfast-actor': ada, 'holdfast-actor-type': 'person' } },
    });
    const { auditor, scheduler, provenance } = client;
    const theirs = { connection: client };
    await auditor.namePerson({ person: '', name }, key());
    await declare(theirs, experiment, said);
    await signed(blueprintStream(namespace, 'walks'), 'approval');
    run = (await ended(theirs, await submit(theirs, { namespace, name: 'walks' }, said))).id;
    await isSealed(system(), { id: run });
    const { sweep } = await scheduler.submitSweep(
      {
        ...{ namespace, blueprint: 'walks', axes: ['lr=1,2'], trials: 0, reason: said, priority: 0 },
        dryRun: false,
      },
      key(),
    );
    await auditor.acceptBaseline(
      {
        ...{ namespace, blueprint: 'walks', channel: '', metric: 'steps', runs: [run], reason: said },
      },
      key(),
    );
    const { reproduction } = await provenance.reproduce({ namespace, runId: run, reason: said }, key());
    await auditor.placeHold({ namespace, subject: run, authority: 'case 7', reason: said }, key());
    // By then the log holds what is reviewed.
    await Array.fromAsync(auditor.proveEvents({ namespace, subject: run, types: [] }));
    await auditor.recordReview({ firstIndex: 0, lastIndex: 1, outcome: 'accepted', reason: said }, key());
    await signed(`run-${run}` as StreamId, 'review');
    const kept = { name: 'brief', keepForDays: 30, artifacts: [], authority: 'policy 7', reason: said };
    await provenance.declareRetention(kept, key());
    // Who asks for somebody by name leaves no name behind.
    const theirOwn = { namespace: '', subject: '', types: [], limit: 3, follow: false, asOf: undefined };
    expect(await Array.fromAsync(auditor.readHistory({ ...theirOwn, actor: name }))).toHaveLength(3);

    // What follows of it by itself is in what is looked through, and over before anything is copied.
    const [ofSweep, ofReproduction] = [sweep?.id ?? '', reproduction?.id ?? ''];
    const { members } = await eventually(
      () => scheduler.getSweep({ namespace, id: ofSweep, summary: false }),
      (answer) => answer.sweep?.status === 'completed',
    );
    const { reproduction: repeated } = await eventually(
      () => provenance.getReproduction({ namespace, id: ofReproduction }),
      (answer) => answer.reproduction?.concludedAt !== undefined,
    );
    for (const id of [...members.map((member) => member.run), repeated?.repeatedRun])
      await isSealed(system(), { id: id ?? '' });

    const shown = await eventually(
      () => answers(client, run),
      (text) => text.split(said).length > 12,
    );
    expect(shown).toContain(name);
    const { keys } = await auditor.getSigningKeys({});
    trusted = { keys: keys.map((one) => parseVerifierKey(one.key)) };
    await bundleOf(client, run, 'before.holdfast');
    await exportOf(client, 'before.zip', { reason: said });
    await eventually(
      () => Promise.resolve(published.length),
      (count) => count > 10,
    );
    await heard.close();
    const everywhere = {
      'the data folder': await bytesBelow(system().dataDir),
      'public events': Buffer.concat(published),
      'the bundle': await readFile(join(own, 'before.holdfast')),
      'the export': await readFile(join(own, 'before.zip')),
    };
    for (const [where, bytes] of Object.entries(everywhere))
      for (const text of [said, name])
        expect([where, text, bytes.includes(text)]).toEqual([where, text, false]);
  });

  it('a named edition has it beside what is proven, and that it was taken is recorded', async () => {
    const bundle = await bundleOf(client, run, 'named.holdfast', { named: true, reason: said });
    const trail = await exportOf(client, 'named.zip', { named: true, reason: said });
    for (const file of [bundle, trail])
      for (const text of [said, name]) expect((await readFile(file)).includes(text)).toBe(true);
    const [ofBundle, plain, ofTrail] = await Promise.all([
      verifyBundle(bundle, trusted),
      verifyBundle(join(own, 'before.holdfast'), trusted),
      verifyExport(trail, trusted),
    ]);
    for (const { problems, notProven } of [ofBundle, ofTrail]) {
      expect(problems).toEqual([]);
      expect(notProven.join('\n')).toMatch(/names and reasons in named\.json/);
    }
    expect(ofBundle.core).toBe(plain.core);
    // Who approved the blueprint is in the core, by a pseudonym.
    expect(plain.proven.join('\n')).toContain(
      `${ada} signed exactly this version of the blueprint (approval)`,
    );
    expect(plain.proven.join('\n')).toContain('over the blueprint before the admission of the run');
    await expect(bundleOf(client, run, 'x', { named: true })).rejects.toMatchObject({ kind: 'invalid' });
    const recorded = await Array.fromAsync(
      client.auditor.readHistory({
        ...{ namespace, subject: '', types: ['NamedEditionTaken', 'TrailExportStarted'], limit: 0 },
        ...{ follow: false, asOf: undefined },
      }),
    );
    expect(recorded.map(({ event }) => dataOf(event)['asked'] ?? dataOf(event)['run'])).toEqual([
      expect.not.objectContaining({ edition: 'named' }),
      run,
      expect.objectContaining({ edition: 'named' }),
    ]);
  });

  it('once they are erased nothing says it any more, live or in a copy from before, and all proofs hold', async () => {
    const { auditor } = client;
    const copy = join(own, 'copy');
    await mkdir(copy);
    const events = new DatabaseSync(join(system().dataDir, 'events.sqlite'), { readOnly: true });
    await backup(events, join(copy, 'events.sqlite'));
    events.close();
    await cp(join(system().dataDir, 'artifacts'), join(copy, 'artifacts'), { recursive: true });
    const stored = await storedBytes();

    const asked = { person: ada, authority: 'request 7', reason: 'they asked for it' };
    await expect(auditor.erasePerson({ ...asked, reason: '' }, key())).rejects.toMatchObject({
      kind: 'invalid',
    });
    const { person } = await system().connection.auditor.erasePerson(asked, key());
    expect(person).toMatchObject({ id: ada, erased: true, name: undefined, authority: 'request 7' });
    await expect(auditor.namePerson({ person: ada, name }, key())).rejects.toMatchObject({
      code: 'PERSON_ERASED',
    });
    const late = () =>
      submit({ connection: client }, { namespace, name: 'walks' }, said).then(
        String,
        ({ code }: DomainError) => code,
      );
    await eventually(late, (code) => code === 'SUBJECT_ERASED');

    const shown = await eventually(
      () => answers(system().connection, run),
      (text) => !text.includes(said) && !text.includes(name) && text.split('"erased"').length > 12,
    );
    expect(shown).toContain(run);
    expect((await bytesBelow(join(system().dataDir, 'people'))).includes(name)).toBe(false);

    expect((await storedBytes()).subarray(0, stored.length).equals(stored)).toBe(true);
    const [last] = (await Array.fromAsync(auditor.verifyLog(anyKey))).slice(-1);
    expect(last?.part).toMatchObject({ $case: 'report', value: { intact: true } });
    for (const report of [
      await verifyBundle(join(own, 'before.holdfast'), trusted),
      await verifyBundle(await bundleOf(system().connection, run, 'after.holdfast'), trusted),
      await verifyExport(join(own, 'before.zip'), trusted),
    ])
      expect(report.problems).toEqual([]);

    // Events and artifacts of before, and the directory that has forgotten.
    const restored = await startTogether({
      env: { HOLDFAST_PEOPLE: `file:${join(system().dataDir, 'people')}` },
      dataDir: copy,
    });
    try {
      const again = await answers(restored.connection, run);
      for (const text of [said, name]) expect(again).not.toContain(text);
      expect(again.split('"erased"').length).toBeGreaterThan(12);
    } finally {
      await restored.close();
    }
  });

  it('whom a restored directory brings back is forgotten again when that is asked for', async () => {
    const people = join(system().dataDir, 'people', ada);
    await rm(join(people, 'erased'));
    await writeFile(join(people, 'name'), name);
    const { auditor } = system().connection;
    const asked = { person: ada, authority: 'request 7', reason: 'a backup was put back' };
    expect((await auditor.erasePerson(asked, key())).person).toMatchObject({ erased: true });
    expect(await readdir(people)).toEqual(['erased']);
  });

  async function storedBytes(): Promise<Buffer> {
    const batches = await Array.fromAsync(system().eventStore.readAll());
    return Buffer.concat(batches.flat().map(({ bytes }) => bytes));
  }

  const sign = signer(ada);
  const signed = (subject: StreamId, meaning: Meaning) =>
    sign(system(), client, { subject, meaning, reason: said });
});

const dataOf = (event: common.Event | undefined): JsonObject =>
  (JSON.parse(String(event?.envelope)) as { readonly data: JsonObject }).data;

/** An erasure by one service is known to the others within a second. */
async function eventually<T>(ask: () => Promise<T>, met: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (met(answer)) return answer;
    await systemClock.sleep(20);
  }
}
