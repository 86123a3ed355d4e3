import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  encodeBase64,
  formatCheckpoint,
  keyStreamOf,
  parseCheckpoint,
  signNote,
  signRotation,
} from '#evidence';
import {
  disposedWhileHeld,
  origin,
  reviewed,
  sampleEvents,
  testSigner,
  writeEventStore,
  writeLog,
} from './testing/sample-log.js';
import { sampleHistory, verified } from './testing/verified.js';

let history: Awaited<ReturnType<typeof sampleHistory>>;
beforeAll(async () => {
  history = await sampleHistory(1000, [1, 255, 256, 300, 512, 900]);
});
afterAll(() => history.remove());

const eventAt = (index: number) => {
  const { stream, revision, eventId } = history.events[index]!;
  return { stream, revision, eventId };
};
const codesOf = ({ findings }: { findings: readonly { code: string }[] }) => findings.map(({ code }) => code);

describe('verification', () => {
  it('of what nobody touched finds nothing, with one thread and with two', async () => {
    for (const threads of [0, 1, 2]) {
      const { findings, report } = await history.copy().verify({ threads });
      expect(findings).toEqual([]);
      expect(report).toMatchObject({
        ...{ intact: true, events: 1000, logSize: 900, notInLog: 100, checkpoints: 7, findings: 0 },
        signedBy: ['holdfast.test/log'],
      });
    }
  });

  it('names an event whose bytes, type or id was changed', async () => {
    const copy = history.copy();
    copy.sql(`UPDATE events SET bytes = CAST(replace(bytes, '"n":500', '"n":501') AS BLOB) WHERE seq = 501;
      UPDATE events SET type = (SELECT id FROM names WHERE name = 'RunClaimed') WHERE seq = 8;`);
    const { findings, report } = await copy.verify();
    expect(findings).toMatchObject([
      { code: 'EVENT_CHANGED', index: 7, ...eventAt(7), message: expect.stringContaining('type') },
      { code: 'EVENT_CHANGED', index: 500, ...eventAt(500), message: expect.stringContaining('bytes') },
    ]);
    expect(report).toMatchObject({ intact: false, counts: { EVENT_CHANGED: 2 }, checkpoints: 7 });
  });

  it('is not deceived by what lies between two events, or within a name', async () => {
    const copy = history.copy();
    copy.sql(`UPDATE events SET bytes = CAST('}' || bytes AS BLOB) WHERE seq = 12;
      UPDATE events SET bytes = substr(bytes, 1, length(bytes) - 1) WHERE seq = 11;
      UPDATE events SET event_id = CAST(substr((SELECT event_id FROM events WHERE seq = 301), 16) || event_id AS BLOB) WHERE seq = 302;
      UPDATE events SET event_id = substr(event_id, 1, 15) WHERE seq = 301;
      UPDATE streams SET name = name || '","type":"x' WHERE id = 80`);
    const { findings } = await copy.verify();
    const changed = findings.filter(({ code }) => code === 'EVENT_CHANGED').map(({ index }) => index);
    const missing = findings.filter(({ code }) => code === 'EVENT_MISSING').map(({ index }) => index);
    expect([changed, missing]).toEqual([
      [10, 11],
      [300, 301, 553, 554, 555, 556, 557, 558, 559, undefined],
    ]);
  });

  it('takes names as they are that JSON has to escape', async () => {
    const odd = ['Quo"te', 'Back\\slash', 'Ünï', 'Line\nbreak', 'x","type":"x'];
    const events = sampleEvents(600).map((event, i) => ({ ...event, type: odd[i % 97] ?? event.type }));
    const oddly = await sampleHistory(600, [600], events);
    const { report } = await oddly.copy().verify();
    oddly.remove();
    expect(report).toMatchObject({ intact: true, events: 600 });
  });

  it('names an event that readers of its kind would miss', async () => {
    const copy = history.copy();
    copy.sql("INSERT INTO names VALUES (99, 'comet'); UPDATE events SET kind = 99 WHERE seq = 5");
    expect((await copy.verify()).findings).toMatchObject([
      { code: 'EVENT_UNREADABLE', index: 4, ...eventAt(4) },
    ]);
    copy.sql('UPDATE events SET kind = 99 WHERE stream = 1; UPDATE streams SET kind = 99 WHERE id = 1');
    expect((await copy.verify()).findings).toMatchObject([
      { code: 'STREAM_BROKEN', stream: eventAt(4).stream },
    ]);
  });

  it('names a tombstone that a hold should have kept from being set, with one thread and with two', async () => {
    const events = sampleEvents(60);
    const held = await sampleHistory(60, [50], [...events.slice(0, 58), ...disposedWhileHeld(events)]);
    for (const threads of [0, 2]) {
      const { findings, report } = await held.copy().verify({ threads });
      expect(findings).toMatchObject([
        { code: 'DISPOSED_WHILE_HELD', index: 59, revision: 0, eventId: events[59]?.eventId },
      ]);
      expect(report.counts).toEqual({ DISPOSED_WHILE_HELD: 1 });
    }
    held.remove();
  });

  it('names a review of what the log never was, and of more than it is; not for a tile that is damaged', async () => {
    const events = sampleEvents(700);
    const fork = encodeBase64(new Uint8Array(32));
    const reviews = reviewed(events, [[300], [512], [300, fork], [601]]);
    const log = await sampleHistory(700, [600], [...events.slice(0, 696), ...reviews]);
    const copy = log.copy();
    const at = (index: number) => ({ index, revision: 0, stream: reviews[index - 696]?.stream });
    expect((await copy.verify()).findings).toMatchObject([
      { code: 'REVIEW_DIFFERS', ...at(698), message: expect.stringContaining(`the review has ${fork}`) },
      { code: 'REVIEW_DIFFERS', ...at(699), message: expect.stringContaining('there are 600') },
    ]);
    rmSync(join(copy.log, 'tile/0/001'));
    expect(codesOf(await copy.verify())).toEqual(['LOG_FILE_MISSING', 'REVIEW_DIFFERS']);
    log.remove();
  });

  it('names what is missing, in place or with everything moved up', async () => {
    const gap = history.copy();
    gap.sql('DELETE FROM events WHERE seq IN (301, 302)');
    const closed = history.copy();
    closed.sql(`DELETE FROM events WHERE seq IN (301, 302); UPDATE events SET seq = -seq WHERE seq > 302;
      UPDATE events SET seq = -seq - 2 WHERE seq < 0`);
    for (const copy of [gap, closed]) {
      const { findings, report } = await copy.verify();
      const missing = findings.filter(({ code }) => code === 'EVENT_MISSING');
      expect(missing).toMatchObject([
        { index: 300, ...eventAt(300) },
        { index: 301, ...eventAt(301) },
        { message: expect.stringContaining('300–301') },
      ]);
      expect(report.counts).toEqual({ EVENT_MISSING: 3, STREAM_BROKEN: 1 });
    }
  });

  it('names what was inserted, doubled or moved, and not what only follows it', async () => {
    const moveDown = (from: number) =>
      `UPDATE events SET seq = -seq WHERE seq >= ${from}; UPDATE events SET seq = 1 - seq WHERE seq < 0;`;
    const inserted = history.copy();
    inserted.sql(
      `${moveDown(400)} INSERT INTO events SELECT 400, stream, 99, kind, type, randomblob(16), bytes FROM events WHERE seq = 399`,
    );
    expect(codesOf(await inserted.verify())).toEqual(['EVENT_INSERTED', 'STREAM_BROKEN']);

    const doubled = history.copy();
    doubled.sql(`DROP INDEX events_by_id; DROP INDEX events_by_stream; ${moveDown(400)}
      INSERT INTO events SELECT 400, stream, revision, kind, type, event_id, bytes FROM events WHERE seq = 200`);
    const found = await doubled.verify();
    const unguarded = ['STORE_DAMAGED', 'STORE_DAMAGED'];
    expect(codesOf(found)).toEqual(['EVENT_DOUBLED', ...unguarded, 'STREAM_BROKEN']);
    expect(found.findings[0]).toMatchObject({ index: 399, ...eventAt(199) });
    const before = history.copy();
    before.sql('DROP INDEX events_by_id');
    expect((await before.verify()).findings).toMatchObject([
      { code: 'STORE_DAMAGED', message: expect.stringContaining('event_id') },
    ]);

    const moved = history.copy();
    moved.sql(
      'UPDATE events SET seq = -1 WHERE seq = 600; UPDATE events SET seq = 600 WHERE seq = 650; UPDATE events SET seq = 650 WHERE seq = -1',
    );
    expect((await moved.verify()).findings).toMatchObject([
      { code: 'EVENT_REORDERED', ...eventAt(599) },
      { code: 'EVENT_REORDERED', ...eventAt(649) },
    ]);
    const overtaken = history.copy();
    overtaken.sql(
      'UPDATE events SET seq = -1 WHERE seq = 600; UPDATE events SET seq = 600 WHERE seq = 601; UPDATE events SET seq = 601 WHERE seq = -1',
    );
    expect(codesOf(await overtaken.verify())).toEqual(['EVENT_REORDERED']);
  });

  it('names what the event store has lost though the log knows it', async () => {
    const copy = history.copy();
    copy.sql('DELETE FROM events WHERE seq > 850');
    const { findings, report } = await copy.verify({ mostFindings: 5 });
    expect(findings[0]).toMatchObject({ code: 'EVENT_MISSING', index: 850, ...eventAt(850) });
    expect(findings).toHaveLength(5);
    expect(report).toMatchObject({ events: 850, logSize: 900, counts: { EVENT_MISSING: 51 } });
  });

  it('tells files of the log that are lost or changed from the events themselves', async () => {
    const lost = history.copy();
    for (const path of ['tile/entries/001', 'tile/0/001', 'tile/1/000.p/3', 'tile/entries/002'])
      rmSync(join(lost.log, path));
    const { findings, report } = await lost.verify();
    expect(findings.map(({ code, file }) => [code, file]).sort()).toEqual(
      ['tile/0/001', 'tile/1/000.p/3', 'tile/entries/001', 'tile/entries/002'].map((file) => [
        'LOG_FILE_MISSING',
        file,
      ]),
    );
    expect(report.checkpoints).toBe(7);

    const changed = history.copy();
    const flip = (path: string, at: number) => {
      const bytes = readFileSync(join(changed.log, path));
      bytes[at]! ^= 1;
      writeFileSync(join(changed.log, path), bytes);
    };
    flip('tile/entries/000', 1000);
    flip('tile/0/002', 64);
    flip('tile/1/000.p/3', 5);
    expect((await changed.verify()).findings).toMatchObject([
      { code: 'LOG_FILE_CHANGED', file: 'tile/entries/000', index: 3 },
      { code: 'LOG_FILE_CHANGED', file: 'tile/0/002', index: 514 },
      { code: 'LOG_FILE_CHANGED', file: 'tile/1/000.p/3' },
    ]);
  });

  it('says where a history that was written anew, log and all, stops to be the one that was signed', async () => {
    const events = sampleEvents(1000, (i) => (i === 400 ? { reason: 'rewritten' } : {}));
    const forged = await sampleHistory(1000, [900], events);
    const copy = history.copy();
    const other = forged.copy();
    const { findings, report } = await copy.verify({ eventStore: `sqlite:${other.store}` });
    expect(findings).toMatchObject([{ code: 'EVENT_CHANGED', index: 400 }]);
    expect(report.checkpoints).toBe(7);
    for (const path of ['tile/entries/001', 'tile/0/001', 'tile/1/000.p/3'])
      writeFileSync(join(copy.log, path), readFileSync(join(other.log, path)));
    const whole = await copy.verify({ eventStore: `sqlite:${other.store}` });
    expect(whole.findings[0]).toMatchObject({
      code: 'ROOT_WRONG',
      message: expect.stringContaining('up to size 300'),
    });
    expect(whole.report).toMatchObject({ checkpoints: 4, counts: { ROOT_WRONG: 3 } });
    forged.remove();
  });

  it('refuses a checkpoint that is not signed as it must be, that is old, or none', async () => {
    const copy = history.copy();
    const note = readFileSync(join(copy.log, 'checkpoint'), 'utf8');
    const write = (text: string) => writeFileSync(join(copy.log, 'checkpoint'), text);
    const stranger = testSigner();
    const cases: readonly [string, string][] = [
      [await signNote(formatCheckpoint(parseCheckpoint(note)), [stranger]), 'SIGNATURE_WRONG'],
      [note.replace(/\n900\n/, '\n901\n'), 'SIGNATURE_WRONG'],
      [note.slice(0, 40), 'CHECKPOINT_INVALID'],
      [readFileSync(join(copy.log, 'checkpoints/512'), 'utf8'), 'LOG_ROLLED_BACK'],
    ];
    for (const [text, code] of cases) {
      write(text);
      const { findings, report } = await copy.verify();
      expect(findings).toMatchObject([{ code, file: 'checkpoint' }]);
      expect(report.logSize).toBe(900);
    }
    write(note);
    const [witness] = [testSigner('witness')];
    expect(
      codesOf(
        await copy.verify({
          policy: { keys: [history.signer.verifier], witnesses: [witness.verifier], witnessesNeeded: 1 },
        }),
      ),
    ).toEqual(['WITNESSES_MISSING']);
    expect(codesOf(await copy.verify({ policy: { keys: [stranger.verifier] } }))).toContain(
      'SIGNATURE_WRONG',
    );
    rmSync(join(copy.log, 'checkpoint'));
    expect(codesOf(await copy.verify())).toEqual(['CHECKPOINT_MISSING']);
  });

  it('notices against what was seen before that the log was forked or rolled back', async () => {
    const copy = history.copy();
    const root = new Uint8Array(32);
    const note = (size: number) => signNote(formatCheckpoint({ origin: 'x', size, root }), [history.signer]);
    const { findings, report } = await copy.verify({ seen: [await note(2000), await note(300), 'nonsense'] });
    expect(findings).toMatchObject([
      { code: 'CHECKPOINT_INVALID' },
      { code: 'LOG_FORKED', message: expect.stringContaining(encodeBase64(root)) },
      { code: 'LOG_ROLLED_BACK', message: expect.stringContaining('2000') },
    ]);
    expect(report).toMatchObject({ intact: false, checkpoints: 7 });
  });

  it('finds clocks that ran backwards, and names the events, logged or not', async () => {
    const time = (ms: number) => ({
      recordedAt: new Date(Date.parse('2026-01-31T09:30:00.000Z') + ms).toISOString(),
    });
    const late = await sampleHistory(
      30,
      [20],
      sampleEvents(30, (i) => (i === 10 ? time(8) : i === 12 ? time(5) : i === 21 ? time(-6000) : {})),
    );
    const { findings } = await late.copy().verify();
    const where = (index: number) => {
      const { stream, revision, eventId } = late.events[index]!;
      return { index, stream, revision, eventId };
    };
    expect(findings).toMatchObject([
      { code: 'CLOCK_BACKWARDS', ...where(12) },
      { code: 'CLOCK_BACKWARDS', ...where(21) },
      { code: 'CLOCK_BEHIND', ...where(21) },
    ]);
    late.remove();
  });

  it('follows the keys of the log from the one that is given, and names a chain that is none', async () => {
    const [one, two, three] = [testSigner(), testSigner(), testSigner()];
    const root = mkdtempSync(join(tmpdir(), 'holdfast-verify-keys-'));
    let made = 0;
    const found = async (by: typeof one, ...statements: readonly string[]) => {
      const folder = join(root, String(made++));
      const rotations = statements.map((statement, revision) => ({
        ...{ stream: keyStreamOf(origin), revision, type: 'SigningKeyRotated', recordedAt: '' },
        eventId: `00000000-0000-5000-9000-aaaaaaaaaaa${revision}`,
        bytes: Buffer.from(JSON.stringify({ data: { statement }, metadata: {} })),
      }));
      const events = [...sampleEvents(20), ...rotations];
      writeEventStore(join(folder, 'events.db'), events);
      await writeLog(join(folder, 'log'), events, [events.length], by);
      const places = { eventStore: `sqlite:${join(folder, 'events.db')}`, log: join(folder, 'log') };
      const { findings } = await verified({ ...places, policy: { keys: [one.verifier] }, threads: 0 });
      // The sample files every stream under one kind.
      const told = findings.filter(({ code }) => code !== 'STREAM_BROKEN');
      return told.map(({ code, message }) => (code === 'KEYS_BROKEN' ? message.split(':')[0] : code));
    };
    const over = await signRotation(one, two, 20);
    expect(await found(two, over)).toEqual([]);
    expect(await found(three, over, await signRotation(two, three, 21))).toEqual([]);
    const unsigned = ['SIGNATURE_WRONG', 'SIGNATURE_WRONG'];
    expect(await found(two)).toEqual(expect.arrayContaining(unsigned));
    expect(await found(one, over)).toEqual(expect.arrayContaining(unsigned));
    for (const [code, ...statements] of [
      ['ROTATION_UNSIGNED', over.replace('\n20\n', '\n19\n')],
      ['ROTATION_FORKED', over, await signRotation(one, three, 21)],
      ['ROTATION_FORKED', over, await signRotation(three, testSigner(), 21)],
      ['ROTATION_BACKWARDS', over, await signRotation(two, one, 21)],
      ['NOTE_MALFORMED', ''],
    ] as const)
      expect(await found(two, ...statements)).toEqual(expect.arrayContaining([code, ...unsigned]));
    rmSync(root, { recursive: true });
  });

  it('goes on where the file of the event store is damaged', async () => {
    const copy = history.copy();
    const bytes = readFileSync(copy.store);
    const at = bytes.indexOf('"n":700');
    bytes.fill(0xff, at - 2000, at + 2000);
    writeFileSync(copy.store, bytes);
    const { findings, report } = await copy.verify({ mostFindings: 5000 });
    expect(findings.some(({ code }) => code === 'STORE_DAMAGED')).toBe(true);
    expect(report.intact).toBe(false);
    expect(report.events).toBeGreaterThan(500);
    const cut = history.copy();
    writeFileSync(cut.store, bytes.subarray(0, 5 * 4096));
    await expect(cut.verify()).resolves.toMatchObject({ report: { intact: false } });
    writeFileSync(cut.store, 'no database');
    expect(codesOf(await cut.verify()).at(-1)).toBe('STORE_DAMAGED');
  });

  it('of an installation without a log yet has nothing to hold it against', async () => {
    const copy = history.copy();
    rmSync(copy.log, { recursive: true });
    const { findings, report } = await copy.verify();
    expect([findings, report.notInLog, report.logSize]).toEqual([[], 1000, 0]);
  });
});
