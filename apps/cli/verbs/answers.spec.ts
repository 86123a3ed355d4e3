import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DomainError } from '#kernel';
import { ageOf } from '../output/age.js';
import { arrivingFile } from '../output/arriving-file.js';
import { readKeys } from '../read-keys.js';
import { openSession } from '../session.js';
import { anotherPseudonym, dataDirOf } from '../settings.js';
import { differencesText, groupsOf } from '../view/differences.js';
import { eventText } from '../view/event-text.js';
import { answering, stream } from '../testing/answering.js';
import type { Action } from '../verb.js';
import { list as reviews } from './audit-reviews.js';
import { asOfFrom } from './history.js';
import { list as holds } from './holds.js';
import { rangeFrom } from './moments.js';
import { rebuild } from './projections.js';
import { reproduce } from './reproduce.js';
import { dispose } from './retention.js';
import { runs } from './runs.js';
import { signatures } from './signatures.js';
import { scrub } from './storage.js';

const projecting = (result: object) => {
  const status = { name: 'knobs', version: 1, generation: 1, state: 'live', events: 3, documents: 1 };
  const none = { listProjections: () => Promise.resolve({ projections: [] }) };
  return {
    registry: {
      listProjections: () => Promise.resolve({ projections: [status] }),
      rebuildProjection: () =>
        stream(
          { progress: { eventsDone: 1, eventsTotal: 3 } },
          { progress: { eventsDone: 3, eventsTotal: 3, result } },
        ),
    },
    scheduler: {
      listProjections: () => Promise.reject(new DomainError('unavailable', 'GONE', 'it is gone')),
    },
    provenance: none,
    auditor: none,
  };
};

describe('a rebuild', () => {
  it('that gives another read model is exit status 4 and shows the first difference', async () => {
    const result = {
      identical: false,
      documents: 1,
      digest: `sha256:${'a'.repeat(64)}`,
      firstDifferenceId: 'l2',
      liveJson: '{}',
    };
    const { session, said } = answering(projecting(result));
    expect(await rebuild(session, ['knobs'], {})).toBe(4);
    expect(said().out).toMatch(/registry +knobs +different/);
    expect(said().notes).toBe('registry/knobs: l2 differs\n  live     {}\n  rebuilt  absent\n');
  });

  it('of all does what it can, and fails for the service that did not answer', async () => {
    const result = { identical: true, documents: 1, digest: `sha256:${'a'.repeat(64)}` };
    const { session, said } = answering(projecting(result), 'json');
    expect(await rebuild(session, [], { all: true })).toBe(6);
    expect(JSON.parse(said().out)).toMatchObject([{ service: 'registry', name: 'knobs', identical: true }]);
    expect(said().notes).toContain('scheduler: it is gone');
  });
});

describe('a scrub', () => {
  it('adds up what every message found, and does not take a cut stream for its end', async () => {
    const progress = {
      blobsDone: 1,
      bytesDone: 5,
      blobsTotal: 2,
      corrupt: ['sha256:a'],
      missing: [] as string[],
      restored: ['sha256:c'],
      done: false,
    };
    const last = {
      ...progress,
      blobsDone: 2,
      bytesDone: 9,
      corrupt: [] as string[],
      missing: ['sha256:b'],
      done: true,
    };
    const { session, said } = answering({ provenance: { scrub: () => stream(progress, last) } }, 'json');
    expect(await scrub(session, [], {})).toBe(5);
    expect(JSON.parse(said().out)).toEqual({
      blobsDone: 2,
      bytesDone: 9,
      corrupt: ['sha256:a'],
      missing: ['sha256:b'],
      restored: ['sha256:c'],
    });
    const cut = answering({ provenance: { scrub: () => stream(progress) } });
    await expect(scrub(cut.session, [], {})).rejects.toThrow('before it was done');
  });
});

describe('what is not there', () => {
  it.each([
    [[], 'no runs; `holdfast run` makes one'],
    [['failed'], 'no runs that fit; `holdfast runs` shows all'],
    [['complete'], 'no runs that fit; did you mean completed?'],
  ])('runs that fit %j', async (filters, note) => {
    const listRuns = () => Promise.resolve({ runs: [], nextPageToken: '' });
    const { session, said } = answering({ scheduler: { listRuns } });
    expect(await runs(session, filters, {})).toBe(0);
    expect(said().notes).toBe(`${note}\n`);
  });

  it('is told apart from what does not fit, and from what others need', async () => {
    const auditor = {
      listSignatures: () => Promise.resolve({ signatures: [], nextPageToken: '' }),
      listHolds: () => Promise.resolve({ holds: [], nextPageToken: '' }),
      listReviews: () => Promise.resolve({ reviews: [], nextPageToken: '' }),
    };
    const notes = async (verb: Action, args: string[], options: object = {}) => {
      const { session, said } = answering({ auditor });
      expect(await verb(session, args, { ...options })).toBe(0);
      return said().notes;
    };
    expect(await notes(signatures, [])).toContain('nobody has signed anything');
    expect(await notes(signatures, ['last'])).toContain('nobody has signed that');
    expect(await notes(holds, [])).toContain('nothing is held');
    expect(await notes(holds, ['last'], { inForce: true })).toContain('no hold in force names that');
    expect(await notes(reviews, [])).toContain('nobody has reviewed the trail');
    expect(await notes(reviews, [], { index: '7' })).toContain('nobody has reviewed this entry');
    const disposal = { runId: 'r', dataset: '', artifacts: ['logs'], blobs: 0, bytes: 0, status: 0 };
    const provenance = { dispose: () => Promise.resolve({ disposal, blobs: [], position: '' }) };
    const { session, said } = answering({ provenance });
    expect(await dispose(session, ['last'], { dryRun: true })).toBe(0);
    expect(said().notes).toContain('is needed by something that is kept');
  });

  it('is named with the way out', async () => {
    const missing = reproduce(answering({}).session, ['./nothing.holdfast'], {});
    await expect(missing).rejects.toMatchObject({ kind: 'not-found', message: /no such file/ });
    const folder = reproduce(answering({}).session, ['./.'], {});
    await expect(folder).rejects.toMatchObject({ kind: 'invalid', message: './.: is not a file' });
    const out = arrivingFile('/nowhere/run.holdfast', () => new Error('nothing came'));
    await expect(out.append(Buffer.of(1))).rejects.toThrow('there is no folder /nowhere');
    const dir = await mkdtemp(join(tmpdir(), 'holdfast-full-'));
    await symlink('/dev/full', join(dir, 'run.holdfast.part'));
    const full = arrivingFile(join(dir, 'run.holdfast'), () => new Error('nothing came'));
    await expect(full.append(Buffer.of(1))).rejects.toMatchObject({
      kind: 'exhausted',
      code: 'STORAGE_FULL',
    });
    await full.close();
    await rm(dir, { recursive: true });
    await expect(readKeys('--key', ['/dev/null'])).rejects.toThrow('--key /dev/null: no key in it');
    expect(() => dataDirOf({}, '')).toThrow('--data-dir is empty');
    const { signal } = new AbortController();
    expect(() => openSession({ namespace: '' }, {}, signal)).toThrow('-n is empty');
    expect(anotherPseudonym({ XDG_CONFIG_HOME: '/c' })).toContain('remove /c/holdfast/pseudonym');
    expect(anotherPseudonym({ HOLDFAST_ACTOR: 'a' })).toContain('HOLDFAST_ACTOR');
  });
});

describe('what is written on the command line', () => {
  it.each([
    ['1041', { $case: 'asOfIndex', value: 1041 }],
    ['2026-11-26', { $case: 'asOfTime', value: '2026-11-26T00:00:00.000Z' }],
    ['2026-11-26 13:00', { $case: 'asOfTime', value: '2026-11-26T13:00:00.000Z' }],
    ['2026-11-26T13:00:05.5+01:00', { $case: 'asOfTime', value: '2026-11-26T12:00:05.500Z' }],
  ])('%s is a place in history', (given, expected) => {
    expect(asOfFrom(given)).toEqual(expected);
  });

  it.each([
    '-1',
    'yesterday',
    '2026-13-45',
    '2026-02-30',
    '2026-11-26T25:00',
    '1e3',
    '9999-12-31T23:00-12:00',
  ])('%s is none', (given) => {
    expect(() => asOfFrom(given)).toThrow(expect.objectContaining({ code: 'AS_OF_INVALID' }));
  });

  it.each([
    ['10', '5'],
    ['2026-11-01', '2026-10-01'],
    ['2026-11-01', '2026-11-01'],
  ])('nothing lies between %s and %s', (from, to) => {
    expect(() => rangeFrom(from, to)).toThrow(expect.objectContaining({ code: 'RANGE_EMPTY' }));
  });

  it.each([
    ['5', '5'],
    ['2026-11-01', '5'],
    ['2026-11-01', '2026-11-01T00:01'],
    [undefined, '0'],
  ])('something may lie between %s and %s', (from, to) => {
    expect(rangeFrom(from, to)[1]).toBeDefined();
  });

  it('is an age with a unit', () => {
    expect([ageOf('36h', '--x'), ageOf('7d', '--x'), ageOf('0s', '--x')]).toEqual([
      129_600_000, 604_800_000, 0,
    ]);
    for (const given of ['7', 'd', '-7d', '1.5h', '7 d'])
      expect(() => ageOf(given, '--older-than')).toThrow('--older-than');
  });
});

describe('differences', () => {
  it('are grouped, the area of the likeliest cause first and results last', () => {
    const difference = (area: string, what: string, likelihood: number) => ({
      area,
      what,
      detail: '',
      likelihood,
    });
    const groups = groupsOf([
      difference('result', 'metrics.a', 0),
      difference('environment', 'kernel', 0.2),
      difference('data', 'data.x', 0.5),
      difference('configuration', 'knobs.a', 0.1),
      difference('configuration', 'knobs.b', 0.9),
    ]);
    expect(groups.map(([area, group]) => [area, group.map(({ what }) => what)])).toEqual([
      ['configuration', ['knobs.b', 'knobs.a']],
      ['data', ['data.x']],
      ['environment', ['kernel']],
      ['result', ['metrics.a']],
    ]);
  });
});

describe('many differences', () => {
  const terminal = answering({}).session.terminal;
  const digest = (digits: string) => `sha256:${digits.repeat(32)}`;
  const result = (what: string, a: string, b: string, detail = '') => ({
    ...{ area: 'result', what, a, b, detail, likelihood: 0 },
  });
  const causes = Array.from({ length: 30 }, (_, i) => ({
    ...result(`knobs.k${i}`, '0.1', 'x'.repeat(100), `it ${'very '.repeat(40)}much differs`),
    ...{ area: 'configuration', likelihood: 0.5 },
  }));
  const results = [
    result('outcome', 'completed', 'failed (timeout)'),
    result('outputs.prepare.clean', digest('ab'), digest('cd'), 'row 3, column mass'),
    result('metrics.train[0]', digest('ab'), digest('ef'), 'same last values, another series'),
    ...Array.from({ length: 35 }, (_, i) => result(`outputs.train[${i}].model`, digest('ab'), digest('ac'))),
    result('metrics.train[0].loss', '1', '2'),
    result('metrics.accuracy', '0.123456789', '0.2'),
    result('metrics.brier', '0.1', '0.2'),
  ];

  it('show every cause, and of the results those of the run and where the steps part', () => {
    const lines = differencesText(terminal, [...results, ...causes]).split('\n');
    expect(lines.filter((line) => line.startsWith('  knobs.k'))).toHaveLength(30);
    expect(lines.slice(lines.indexOf('result')).map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ['result'],
      ['WHAT', 'A', 'B', 'DETAIL'],
      ['outcome', 'completed', 'failed (timeout)', '–'],
      ['outputs.prepare.clean', 'abababababab…', 'cdcdcdcdcdcd…', 'row 3, column mass'],
      ['metrics.accuracy', '0.123457', '0.2', '–'],
      ['metrics.brier', '0.1', '0.2', '–'],
      ['and 37 more results (-o wide shows all)'],
    ]);
  });

  it('fit the terminal, of a cause nothing is cut, and all are whole when asked for', () => {
    const long = result('outputs.prepare.clean', 'x', 'y', 'much '.repeat(60));
    const widths = differencesText(terminal, [long, ...results])
      .split('\n')
      .map((line) => line.length);
    expect(Math.max(...widths)).toBe(terminal.width);
    const lines = differencesText(terminal, causes).split('\n');
    expect(lines[1]).toBe(`  knobs.k0  0.1 → ${'x'.repeat(39)}…`);
    expect(lines[2]).toBe(`    it ${'very '.repeat(40)}much differs`);
    const wide = differencesText(terminal, [...results, ...causes], true);
    expect(wide.split('\n')).toHaveLength(2 * 2 + results.length + causes.length);
    for (const whole of ['0.123456789', digest('ef'), 'x'.repeat(100), 'very much differs'])
      expect(wide).toContain(whole);
  });
});

describe('an event in one line', () => {
  const event = (type: string, data: unknown) => ({
    type,
    envelope: Buffer.from(JSON.stringify({ metadata: {}, data })),
  });

  it('says what matters, and nothing of what is not known', () => {
    const failed = { step: 'train', fold: 2, failure: { class: 'timeout', message: 'took 2 min' } };
    expect(eventText(event('StepFailed', failed))).toBe('train[2], timeout: took 2 min');
    expect(eventText(event('RunCompleted', { metrics: [{ name: 'a', value: 0.123456789 }] }))).toBe(
      'a 0.123457',
    );
    const disposed = { blobs: [1, 2], class: 'short', early: true, authority: 'request 9' };
    const said = '2 blobs under class short before its time, by order of request 9';
    expect(eventText(event('ArtifactsDisposed', { ...disposed, run: '3f0e21aa-1' }))).toBe(
      `run 3f0e21aa, ${said}`,
    );
    const dataset = { namespace: 'a', name: 'birds', number: 2 };
    expect(eventText(event('ArtifactsDisposed', { ...disposed, dataset }))).toBe(`dataset birds@2, ${said}`);
    const statement = { meaning: 'review', subject: 'run-3f0e21aa-1', revision: '4', type: 'RunCompleted' };
    expect(eventText(event('Signed', { statement }))).toBe('review of run 3f0e21aa revision 4, RunCompleted');
    expect(eventText(event('NeverHeardOf', { a: 1 }))).toBe('');
    expect(eventText({ type: 'RunCompleted', envelope: Buffer.from('damaged') })).toBe('');
    expect(eventText(event('constructor', {}))).toBe('');
  });
});
