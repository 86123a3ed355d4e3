import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatVerifierKey, parseVerifierKeys, signRotation, type Signer } from '#evidence';
import { isExport, verifyExport, writeExport, type ExportReport } from './index.js';
import {
  at,
  newSigner,
  sampleContents,
  sampleEvents,
  sampleExport,
  samplePerson,
  sampleStream,
} from './testing/sample-export.js';

const signer = newSigner();
const keys = parseVerifierKeys(formatVerifierKey(signer.keyName, signer.publicKey));
const events = sampleEvents(37);

let dir: string;
let path: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-export-spec-'));
  path = join(dir, 'trail.zip');
});
afterAll(() => rm(dir, { recursive: true }));

async function verified(file: Buffer, options: object = { keys }): Promise<ExportReport> {
  await writeFile(path, file);
  return verifyExport(path, options);
}
const member = (name: string): string => execFileSync('python3', ['-c', reader, path, name]).toString();
/** A reader that knows nothing of us. */
const reader =
  'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; sys.stdout.buffer.write(z.read(sys.argv[2]))';

describe('an export', () => {
  it('holds, says what that proves, and is a zip for everyone', async () => {
    const report = await verified(await sampleExport({ events, signer }));
    expect(report.problems).toEqual([]);
    expect(report.manifest).toMatchObject({ events: '37', others: '0', types: { Other: '24', Third: '13' } });
    expect(report.proven.join('\n')).toMatch(
      /signed this export[^]*positions 0 to 36: 37 events and 0 leaves/,
    );
    expect(await isExport(path)).toBe(true);
    // Nobody writes into it.
    execFileSync('mkfifo', [`${path}.pipe`]);
    expect(await isExport(`${path}.pipe`)).toBe(false);
    expect(
      member('events.jsonl')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { envelope: object }).envelope),
    ).toEqual(events.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as object));
  });

  it('is proven by a key of before to whoever has the statements that lead to the present one', async () => {
    const [next, stranger] = [newSigner(), newSigner()];
    const rotation = await signRotation(signer, next, 30);
    const taken = async (by: Signer, ...rotations: string[]) => {
      const { about, ...contents } = await sampleContents({ events, signer: by });
      const file = writeExport({ ...contents, about: { ...about, rotations } });
      return verified(Buffer.concat(await Array.fromAsync(file)));
    };
    const sound = await taken(next, rotation);
    expect(sound.problems).toEqual([]);
    expect(sound.proven.join()).toContain('signed by a given key, or one that has followed it');
    for (const [by, rotations, code] of [
      [next, [], 'ENVELOPE_UNSIGNED'],
      [signer, [rotation], 'ENVELOPE_UNSIGNED'],
      [stranger, [rotation], 'ENVELOPE_UNSIGNED'],
      [stranger, [rotation, await signRotation(signer, stranger, 30)], 'ROTATION_FORKED'],
      [next, [rotation, await signRotation(next, signer, 30)], 'ROTATION_BACKWARDS'],
      [stranger, [(await signRotation(stranger, next, 3)).replace('\n3\n', '\n4\n')], 'ROTATION_UNSIGNED'],
    ] as const)
      expect((await taken(by, ...rotations)).problems).toMatchObject([{ code }]);
  });

  it.each([
    ['of a range', { first: 5, end: 20, filter: { fromIndex: '5', toIndex: '19' } }, 15, 0],
    ['of an actor', { filter: { actor: samplePerson(1) } }, 18, 19],
    ['of a type', { filter: { types: ['Third'] } }, 13, 24],
    ['of a time', { first: 3, end: 11, filter: { recordedFrom: at(3), recordedTo: at(11) } }, 8, 0],
    ['of a run', { filter: { runs: ['aaaaaaaa'] }, streams: new Set([sampleStream(0)]) }, 19, 18],
    ['of nothing', { filter: { types: ['Never'] } }, 0, 37],
    ['of no position', { first: 37, end: 37, filter: { fromIndex: '37' } }, 0, 0],
    ['of JSON Lines only', { formats: ['jsonl'] as const }, 37, 0],
  ])('%s holds', async (_, more, count, others) => {
    const report = await verified(await sampleExport({ events, signer, ...more }));
    expect([report.problems, report.manifest?.events, report.manifest?.others]).toEqual([
      [],
      String(count),
      String(others),
    ]);
  });

  it('holds whatever its events are: plain, long, in another order, damaged', async () => {
    const metadata =
      '"metadata":{"actor":{"id":"a","type":"person"},"recordedAt":"2026-01-31T00:00:00.000Z"}';
    const texts = [
      `{"data":{"plain":["a \\"b\\"",1.5,null]},${metadata}}`,
      `{"data":{"text":"${'x'.repeat(300_000)}"},${metadata}}`,
      `{"data":{"list":[${'{"n":1},'.repeat(900)}{}]},${metadata}}`,
      `{"data":{"n":1},${metadata},"more":{"metadata":{"actor":{"id":"b"}}}}`,
      `{"data":{"n":1},"metadata":{"actor":{"id":"d"},"also":{},"metadata":{"actor":{"id":"c"}}}}`,
      `{"data":{"n":1},"metadata":{"actor":{"id":"ä"}}}`,
      `{${metadata},"data":{"n":1}}`,
      ...['{"data":"=1","metadata":{}}', '{"data":{},"metadata":{\n}}', '{"data":{},"metadata":{}'],
      ...['{"data":{"n":01}}', '\xff', ''],
    ];
    const odd = sampleEvents(10 * texts.length).map((event, i) => ({
      ...event,
      bytes: Buffer.from(texts[i % texts.length] as string, i > texts.length ? 'latin1' : 'utf8'),
    }));
    const report = await verified(await sampleExport({ events: odd, signer }));
    expect([report.problems, report.manifest?.events]).toEqual([[], String(odd.length)]);
    const rows = member('events.csv').split('\r\n');
    expect(rows[1]).toContain(String.raw`"{""plain"":[""a \""b\"""",1.5,null]}"`);
    expect(rows.slice(1, 14).map((row) => row.split(',')[6])).toEqual(
      ['a', 'a', 'a', 'a', 'd', 'ä', 'a', '', '', '', '', '', ''].map((actor) => `"${actor}"`),
    );
  });

  it('says without a key, and of what only the installation knows, that it is not proven', async () => {
    const filter = { actor: samplePerson(1), runs: ['x'], recordedFrom: at(3) };
    const streams = new Set([sampleStream(0)]);
    const { problems, notProven } = await verified(
      await sampleExport({ events, signer, filter, streams, first: 3 }),
      {},
    );
    expect(problems).toEqual([]);
    expect(notProven.join('\n')).toMatch(
      /no key was given[^]*outside these[^]*by that actor[^]*streams\.txt/,
    );
  });

  it('is not signed when the events are not those of the log', async () => {
    const contents = await sampleContents({ events, signer });
    const others = sampleEvents(38).slice(1);
    const swapped = (async function* () {
      yield others;
    })();
    await expect(Array.fromAsync(writeExport({ ...contents, entries: swapped }))).rejects.toMatchObject({
      code: 'LOG_DISAGREES',
    });
  });

  it('defuses cells, and is text only on its page', async () => {
    await verified(await sampleExport({ events, signer }));
    const rows = member('events.csv').split('\r\n');
    expect(rows[0]).toMatch(/^"index","recorded_at","type"/);
    expect(rows[2]).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
    expect(rows[5]).toContain(`"'+1"`);
    const page = member('report.html');
    expect(page).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
    expect(page).not.toMatch(/<script|<img|<link|<iframe/);
  });
});

describe('an export that was changed', () => {
  it('does not hold: by other keys, cut off, extended, empty, no zip, a bundle', async () => {
    const file = await sampleExport({ events, signer });
    const stranger = newSigner();
    const of = (by: typeof signer) => parseVerifierKeys(formatVerifierKey(by.keyName, by.publicKey));
    const reasons = [
      await verified(await sampleExport({ events, signer: stranger })),
      await verified(file, { keys: of(stranger) }),
      await verified(file, { keys: of(newSigner('other.example')) }),
      await verified(file.subarray(0, -1)),
      await verified(file.subarray(0, 5000)),
      await verified(Buffer.concat([file, Buffer.from('\n')])),
      await verified(Buffer.alloc(0)),
      await verified(Buffer.from('PK\x03\x04 hello, this is no zip')),
    ].map(({ problems: [problem] }) => problem?.code);
    expect(reasons).toEqual([
      ...['ENVELOPE_UNSIGNED', 'ENVELOPE_UNSIGNED', 'ENVELOPE_UNSIGNED'],
      ...['EXPORT_INVALID', 'EXPORT_INVALID', 'EXPORT_INVALID', 'EXPORT_INVALID', 'EXPORT_INVALID'],
    ]);
    await expect(verifyExport(join(dir, 'absent'))).rejects.toMatchObject({ code: 'EXPORT_UNREADABLE' });
  });

  it('does not hold whichever of its bytes is another', async () => {
    const file = await sampleExport({
      events: events.slice(0, 3),
      signer,
      filter: { runs: ['a'] },
      streams: new Set([sampleStream(0)]),
    });
    expect((await verified(file)).problems).toEqual([]);
    const survived: number[] = [];
    for (let i = 0; i < file.length; i += 1 + ((i * 7) % 61)) {
      const changed = Buffer.from(file);
      changed[i] = (changed[i] as number) ^ (1 << (i % 8));
      if ((await verified(changed)).problems.length === 0) survived.push(i);
    }
    expect(survived).toEqual([]);
  });

  it.each<[string, (all: typeof events) => typeof events, RegExp]>([
    ['leaves one out', (all) => all.filter((_, i) => i !== 9), /position 9 is missing/],
    ['has one twice', (all) => [...all.slice(0, 9), ...all.slice(8)], /position 9 is missing/],
    [
      'has two in another order',
      (all) => [...all.slice(0, 8), all[9] as never, all[8] as never, ...all.slice(10)],
      /position 8 is missing/,
    ],
  ])('and signed again does not hold when it %s', async (_, change, told) => {
    const changed = change(events);
    const contents = await sampleContents({ events, signer });
    // A signer who lies about the root gets the file written; whoever verifies makes the root again.
    const lying = await sampleContents({ events: changed, signer });
    const about = { ...contents.about, range: { ...contents.about.range }, log: lying.about.log };
    const entries = (await sampleContents({ events: changed, signer })).entries;
    const file = Buffer.concat(
      await Array.fromAsync(
        writeExport({
          ...contents,
          about: { ...about, range: { ...about.range, end: String(changed.length) } },
          checkpoint: lying.checkpoint,
          entries,
        }),
      ),
    );
    const { problems } = await verified(file);
    expect(problems.map(({ message }) => message).join('\n')).toMatch(told);
  });
});
