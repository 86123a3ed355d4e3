import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#kernel';
import { nameId } from '#evidence';
import { checkDisposals } from './disposals.js';
import type { Finding } from './findings.js';
import { isJudged, judgedEvent } from './judged.js';

const run = nameId('run', 'x');
const ended = '2026-01-31T09:30:00.000Z';
const [aDayLater, aYearLater] = ['2026-02-01T09:30:00.000Z', '2027-01-31T09:30:00.000Z'];
const dataset = `dataset-${nameId('dataset', 'penguins', 'birds')}`;
const version = `disposal-${nameId('dataset-version', 'penguins', 'birds', '2')}`;
const blueprint = `blueprint-${nameId('blueprint', 'penguins', 'species')}`;
const namespace = `namespace-${nameId('namespace', 'penguins')}`;
const hold = `hold-${nameId('hold', 'x')}`;
const sweep = nameId('sweep', 'x');

type Written = readonly [stream: string, type: string, data: JsonObject, metadata?: JsonObject];

const submitted = { namespace: 'penguins', blueprint: { name: 'penguins/species' }, sweep: { id: sweep } };
const life: readonly Written[] = [
  [`run-${run}`, 'RunSubmitted', submitted],
  [`run-${run}`, 'RunCompleted', { at: ended }],
  [dataset, 'DatasetVersionAdded', { at: ended }],
  [dataset, 'DatasetVersionAdded', { at: ended }],
];
const short: Written = [
  ...(['retention-1', 'RetentionClassDeclared'] as const),
  { name: 'short', artifacts: ['outputs', 'data'], keepForDays: 30 },
];
const keep = (keepForDays: number | null): Written => [
  ...(['retention-1', 'RetentionLengthened'] as const),
  { name: 'short', keepForDays },
];
const assign = (subject: string, name = 'short'): Written => [
  ...(['retention-2', 'RetentionAssigned'] as const),
  { subject, class: name },
];
const place = (subject: string): Written => [hold, 'HoldPlaced', { subject, authority: 'case 7' }];
const release: Written = [hold, 'HoldReleased', { authority: 'case 7' }];
const order = { authority: 'policy 7', early: false, artifacts: ['outputs'], blobs: [{ digest: 'a' }] };
const dispose = (
  data: JsonObject = {},
  metadata: JsonObject = { recordedAt: aYearLater },
  stream = `disposal-${run}`,
): Written => [
  ...([stream, 'ArtifactsDisposed'] as const),
  { run, namespace: 'penguins', ...order, ...data },
  metadata,
];
const disposeVersion = (data: JsonObject = {}): Written => {
  const of = { dataset: { name: 'birds', number: 2 }, namespace: 'penguins', ...order, artifacts: ['data'] };
  return [version, 'ArtifactsDisposed', { ...of, ...data }, { recordedAt: aYearLater }];
};
const early = { early: true, authority: 'case 9' };
const finish = (stream = `disposal-${run}`): Written => [stream, 'DisposalFinished', { blobs: 1 }];
const withdraw = (...gone: string[]): Written => [`disposal-${run}`, 'DisposalWithdrawn', { gone }];

/** Findings of a history, each as `CODE at index: message`. */
async function findingsIn(written: readonly Written[]): Promise<string[]> {
  const revisions = new Map<string, number>();
  const events = [...life, ...written].map(([stream, type, data, metadata], index) => {
    const revision = (revisions.get(stream) ?? -1) + 1;
    revisions.set(stream, revision);
    const by = { actor: { id: 'officer' }, reason: 'asked for', recordedAt: aYearLater };
    const bytes = Buffer.from(JSON.stringify({ data, metadata: { ...by, ...metadata } }));
    return { index, stream, revision, eventId: `e${index}`, type, bytes };
  });
  const found: Finding[] = [];
  await checkDisposals(
    {
      async *judged(kinds) {
        yield* events.filter(({ stream }) => isJudged(stream, kinds)).map(judgedEvent);
      },
      event(stream, revision) {
        const own = events.filter((event) => event.stream === stream);
        return Promise.resolve(own.at(revision));
      },
    },
    (finding) => found.push(finding),
  );
  return found.map(({ code, index, stream, revision, eventId, message }) => {
    expect(events[index ?? -1]).toMatchObject({ stream, revision, eventId, type: 'ArtifactsDisposed' });
    return `${code}: ${message}`;
  });
}

describe('tombstones against holds and retention', () => {
  it.each<readonly [string, readonly Written[]]>([
    ['after the time of its class', [short, assign(`run-${run}`), dispose(), finish()]],
    ['of its blueprint’s class', [short, assign(blueprint), dispose(), finish()]],
    ['before its time, by an order', [dispose(early), finish()]],
    ['after a hold that has ended', [place(`run-${run}`), release, dispose(early), finish()]],
    ['beside a hold on something else', [place('run-other'), dispose(early), finish()]],
    ['before a hold', [dispose(early), place(`run-${run}`), finish()]],
    ['that a hold has stopped in time', [place(`run-${run}`), dispose(early), withdraw()]],
    ['of a version of a dataset', [short, assign(dataset), disposeVersion(), finish(version)]],
    ['of a class that was shortened', [short, keep(9999), keep(1), assign(namespace), dispose(), finish()]],
  ])('hold no finding when they are set %s', async (_, written) => {
    expect(await findingsIn(written)).toEqual([]);
  });

  const held = `DISPOSED_WHILE_HELD: ${hold}, placed at index 4, was in force`;
  it.each<readonly [string, readonly Written[], string]>([
    ['on the run', [place(`run-${run}`), dispose(early), finish()], held],
    ['on its bundle', [place(`bundle-${run}`), dispose(early), finish()], held],
    ['on its blueprint', [place(blueprint), dispose(early), finish()], held],
    ['on its namespace', [place(namespace), dispose(early), finish()], held],
    ['on its sweep', [place(`sweep-${sweep}`), dispose(early), finish()], held],
    ['on the dataset', [place(dataset), disposeVersion(early), finish(version)], held],
    ['and never ended', [place(`run-${run}`), dispose(early)], held],
    ['and withdrawn too late', [place(`run-${run}`), dispose(early), withdraw('a')], held],
    ['and withdrawn, and carried out', [place(`run-${run}`), dispose(early), withdraw(), finish()], held],
    ['and begun anew', [place(`run-${run}`), dispose(early), dispose(early), withdraw()], held],
  ])('are found when a hold was %s', async (_, written, finding) => {
    expect(await findingsIn(written)).toEqual([finding]);
  });

  it('are found when a hold was on a reproduction of the run', async () => {
    const reproduction: Written = ['reproduction-1', 'ReproductionStarted', { originalRun: run }];
    const written = [reproduction, place('reproduction-1'), dispose(early), finish()];
    expect(await findingsIn(written)).toEqual([held.replace('index 4', 'index 5')]);
  });

  const soon = dispose({}, { recordedAt: aDayLater });
  it.each<readonly [string, readonly Written[], string]>([
    ['nobody put it in a class', [dispose(), finish()], 'its class, for-ever, keeps it for ever'],
    [
      'the time was not over',
      [short, assign(namespace), soon, finish()],
      `its class, short, keeps it for 30 days from ${ended} on`,
    ],
    [
      'the class was lengthened before',
      [short, assign(namespace), keep(null), dispose(), finish()],
      'its class, short, keeps it for ever',
    ],
    [
      'the nearest class is a longer one',
      [short, assign(namespace), assign(`run-${run}`, 'for-ever'), dispose(), finish()],
      'its class, for-ever, keeps it for ever',
    ],
    [
      'its class is not of that',
      [short, assign(namespace), dispose({ artifacts: ['outputs', 'core'] }), finish()],
      'its class, short, never disposes of core',
    ],
    [
      'the version of a dataset was kept',
      [disposeVersion(), finish(version)],
      'its class, for-ever, keeps it for ever',
    ],
  ])('are found when %s', async (_, written, message) => {
    expect(await findingsIn(written)).toEqual([`DISPOSED_TOO_EARLY: ${message}`]);
  });

  it('are found of a run that has not ended', async () => {
    const other = nameId('run', 'open');
    const open = `disposal-${other}`;
    const written: Written[] = [
      ...([[`run-${other}`, 'RunSubmitted', submitted], short, assign(namespace)] as const),
      dispose({ run: other }, {}, open),
    ];
    expect(await findingsIn(written)).toEqual([
      'DISPOSED_TOO_EARLY: its class, short, counts from an end that had not come',
    ]);
  });

  it.each<readonly [string, Written, string]>([
    ['no authority', dispose({ ...early, authority: ' ' }), 'it names no authority'],
    ['nobody', dispose(early, { actor: {}, reason: '' }), 'it names no actor, no reason'],
    ['what is not known', dispose({ ...early, run: 'y' }), 'nothing is known of what it says to dispose of'],
    [
      'a version that is not there',
      disposeVersion({ ...early, dataset: { name: 'birds', number: 3 } }),
      'nothing is known of what it says to dispose of',
    ],
  ])('are found when they name %s', async (_, tombstone, message) => {
    expect(await findingsIn([tombstone])).toEqual([`DISPOSED_WITHOUT_AUTHORITY: ${message}`]);
  });

  it('are read whatever is in them', async () => {
    const data = { ...early, artifacts: { deep: 1 }, dataset: { name: 7, number: 1e300 } };
    expect(await findingsIn([[hold, 'HoldPlaced', { subject: 7 }], dispose(data)])).toHaveLength(1);
    expect(
      judgedEvent({
        ...{ index: 0, stream: hold, revision: 0 },
        eventId: '',
        type: '',
        bytes: Buffer.from('{'),
      }),
    ).toMatchObject({ data: { gone: 0 }, metadata: {} });
  });
});
