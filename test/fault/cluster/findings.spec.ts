import { describe, expect, it } from '@jest/globals';
import type { BlobFact, Facts, StoredFact } from './facts.js';
import { findingsIn } from './findings.js';

const topic = 'holdfast.scheduler.v1';
const sealedTopic = 'holdfast.provenance.v1';
const life = ['RunSubmitted', 'RunClaimed', 'RunRetried', 'RunClaimed', 'StepCompleted', 'RunCompleted'];
const epochs = [undefined, 1, 1, 2, 2, 2];

const lifeOf = (run: string): StoredFact[] => [
  ...life.map((type, revision): StoredFact => {
    const epoch = epochs[revision];
    return {
      ...{ eventId: `${run}-${revision}`, stream: `run-${run}`, revision, type, topic },
      ...(epoch === undefined ? {} : { epoch }),
      ...(type === 'RunRetried' ? { failure: 'lease-expired' } : {}),
    };
  }),
  {
    ...{ eventId: `${run}-sealed`, stream: `bundle-${run}`, revision: 0 },
    ...{ type: 'BundleSealed', topic: sealedTopic },
  },
];
const toldOf = (events: readonly StoredFact[], where: string) =>
  events
    .filter((event) => event.topic === where)
    .map(({ eventId, stream }) => ({ id: eventId, subject: stream }));

/** Run c was disposed of and shared a log with run a; run d was held in time; and again, in vain, run c. */
const auditTopic = 'holdfast.auditor.v1';
const retiredEvents: StoredFact[] = [
  ['disposal-c', 0, 'ArtifactsDisposed', { blobs: ['sha256:c', 'sha256:log'] }],
  ['disposal-c', 1, 'DisposalFinished', { left: 1 }],
  ['hold-d', 0, 'HoldPlaced', { holds: 'run-d' }],
  ['disposal-d', 0, 'ArtifactsDisposed', { blobs: ['sha256:d'] }],
  ['disposal-d', 1, 'DisposalWithdrawn', {}],
].map(([stream, revision, type, more]) => ({
  ...({ eventId: `${stream as string}-${revision as number}`, stream, revision, type } as StoredFact),
  topic: stream === 'hold-d' ? auditTopic : sealedTopic,
  ...(more as object),
}));
const runsOf = ['a', 'b', 'c', 'd'];
const events = [...runsOf.flatMap(lifeOf), ...retiredEvents];
const whole: Facts = {
  submitted: runsOf,
  retired: { disposed: ['c'], held: ['d'] },
  explained: ['storage-full'],
  events,
  blobs: [
    { named: 'sha256:1', by: 'StepCompleted of run-a', of: ['a'], found: 'sha256:1' },
    { named: 'sha256:log', by: 'StepCompleted of run-a', of: ['a', 'c'], found: 'sha256:log' },
    { named: 'sha256:c', by: 'StepCompleted of run-c', of: ['c'], found: 'BLOB_NOT_FOUND' },
    { named: 'sha256:d', by: 'StepCompleted of run-d', of: ['d'], found: 'sha256:d' },
  ],
  projections: [{ service: 'scheduler', name: 'runs' }],
  // Relays that have lost their position begin again.
  told: {
    [topic]: [...toldOf(events, topic), ...toldOf(lifeOf('a'), topic)],
    [sealedTopic]: toldOf(events, sealedTopic),
    [auditTopic]: toldOf(events, auditTopic),
  },
  waiting: [{ where: `${topic}.dead-letters`, messages: 0 }],
  parked: [],
  audit: [],
  ended: [],
};
const at = (event: number, more: Partial<StoredFact>): Facts => ({
  ...whole,
  events: events.map((stored, index) => (index === event ? { ...stored, ...more } : stored)),
});
/** What happens to run b after its end, told as it should be. */
const after = (event: Pick<StoredFact, 'type' | 'epoch'>): Facts => {
  const more = { eventId: 'more', stream: 'run-b', revision: 6, topic, ...event } as StoredFact;
  const told = [...(whole.told[topic] ?? []), { id: 'more', subject: 'run-b' }];
  return { ...whole, events: [...events, more], told: { ...whole.told, [topic]: told } };
};
const telling = (change: (told: Facts['told'][string]) => Facts['told'][string]): Facts => ({
  ...whole,
  told: { ...whole.told, [topic]: change(whole.told[topic] ?? []) },
});
const without = (run: string, types: readonly string[]): Facts => {
  const left = events.filter(({ stream, type }) => !(stream.endsWith(`-${run}`) && types.includes(type)));
  return {
    ...whole,
    events: left,
    told: Object.fromEntries([topic, sealedTopic, auditTopic].map((name) => [name, toldOf(left, name)])),
  };
};

/** The store has something else of one blob. */
const holding = (digest: string, more: Partial<BlobFact>): Facts => ({
  ...whole,
  blobs: whole.blobs.map((blob) => (blob.named === digest ? { ...blob, ...more } : blob)),
});
/** Another event at the same place of a stream of disposals. */
const ending = (stream: string, more: Partial<StoredFact>): Facts => ({
  ...whole,
  events: events.map((event) =>
    event.stream === stream && event.revision === 1 ? { ...event, ...more } : event,
  ),
});

const planted: readonly (readonly [violation: string, facts: Facts, finding: string])[] = [
  [
    'two ends of one run',
    after({ type: 'RunFailed', epoch: 2 }),
    'run b has the ends RunCompleted, RunFailed',
  ],
  ['a completion too many', after({ type: 'RunCompleted', epoch: 2 }), 'run b completed 2 times'],
  [
    'a run that is gone',
    without('b', [...life, 'BundleSealed']),
    'run b was answered and is not in the store',
  ],
  [
    'a run that never ends',
    without('b', ['RunCompleted', 'BundleSealed']),
    'run b never ended; its last event is StepCompleted',
  ],
  [
    'a run that fails',
    at(5, { type: 'RunFailed', failure: 'internal' }),
    'run a has ended as RunFailed: internal',
  ],
  [
    'a run that nobody submitted',
    { ...whole, submitted: ['a', 'c', 'd'] },
    'run b is in the store and nobody submitted it',
  ],
  ['a late report that was not fenced', at(4, { epoch: 1 }), 'run a has StepCompleted of lease 1 under 2'],
  [
    'an attempt that was repeated for no good reason',
    at(2, { failure: 'internal' }),
    'run a was repeated after internal',
  ],
  [
    'a run that goes on after its end',
    after({ type: 'RunStarted', epoch: 2 }),
    'run b goes on after its end with RunStarted',
  ],
  ['a gap in a stream', at(6, { revision: 1 }), 'bundle-a has BundleSealed at 1 out of turn'],
  ['an end without a bundle', without('b', ['BundleSealed']), 'run b has 0 sealed bundles'],
  [
    'an output of other bytes',
    holding('sha256:1', { found: 'sha256:2' }),
    'StepCompleted of run-a names sha256:1, and the store has sha256:2',
  ],
  [
    'a read model that is not its rebuild',
    {
      ...whole,
      projections: [{ service: 'scheduler', name: 'runs', difference: 'is not what history says' }],
    },
    'scheduler: runs is not what history says',
  ],
  [
    'an event that was never told',
    telling((told) => told.filter(({ id }) => id !== 'b-4')),
    `${topic} does not tell StepCompleted of run-b at 4`,
  ],
  [
    'first occurrences out of order',
    telling((told) => told.toSpliced(1, 1).toSpliced(2, 0, { id: 'a-1', subject: 'run-a' })),
    `${topic} tells RunClaimed of run-a at 1 after 2`,
  ],
  [
    'a message of no event',
    telling((told) => [...told, { id: 'strange', subject: 'run-a' }]),
    `${topic} tells strange of run-a, which is no event there`,
  ],
  [
    'a message on the topic of another service',
    {
      ...whole,
      told: {
        ...whole.told,
        [sealedTopic]: [...toldOf(events, sealedTopic), { id: 'a-0', subject: 'run-a' }],
      },
    },
    `${sealedTopic} tells a-0 of run-a, which is no event there`,
  ],
  [
    'a message that nobody takes',
    { ...whole, waiting: [{ where: `${topic}.dead-letters`, messages: 2 }] },
    `2 messages wait in ${topic}.dead-letters`,
  ],
  [
    'an event that was put aside',
    { ...whole, parked: [{ reactor: 'seal-bundles', event: 'RunCompleted of run-a', reason: 'BUG' }] },
    'seal-bundles has put RunCompleted of run-a aside: BUG',
  ],
  [
    'bytes that a tombstone names and that are still there',
    holding('sha256:c', { found: 'sha256:c' }),
    'disposal-c leaves 2 of its blobs, and says 1',
  ],
  [
    'bytes that a tombstone names and another run needs',
    holding('sha256:log', { found: 'BLOB_NOT_FOUND' }),
    'StepCompleted of run-a names sha256:log, and the store has BLOB_NOT_FOUND',
  ],
  [
    'bytes that are gone without a tombstone',
    holding('sha256:1', { found: 'BLOB_NOT_FOUND' }),
    'StepCompleted of run-a names sha256:1, and the store has BLOB_NOT_FOUND',
  ],
  [
    'bytes that are gone though their disposal was withdrawn',
    holding('sha256:d', { found: 'BLOB_NOT_FOUND' }),
    'StepCompleted of run-d names sha256:d, and the store has BLOB_NOT_FOUND',
  ],
  [
    'a disposal of what was held',
    {
      ...holding('sha256:d', { found: 'BLOB_NOT_FOUND' }),
      ...{ events: ending('disposal-d', { type: 'DisposalFinished', left: 0 }).events },
      retired: { disposed: ['c'], held: [] },
    },
    'run d was disposed of although hold-d was in force',
  ],
  [
    'a disposal that was refused and carried out',
    { ...whole, retired: { disposed: [], held: ['d', 'c'] } },
    'run c was disposed of after it was refused',
  ],
  [
    'a disposal that was answered and not carried out',
    { ...whole, retired: { disposed: ['c', 'b'], held: ['d'] } },
    'run b was not disposed of as was answered',
  ],
  [
    'a tombstone without an end',
    without('d', ['DisposalWithdrawn']),
    'disposal-d has a tombstone and no end',
  ],
  ['a history that is not what was logged', { ...whole, audit: ['EVENT_MISSING'] }, 'EVENT_MISSING'],
  ['a service that ended by itself', { ...whole, ended: ['auditor ended with 1'] }, 'auditor ended with 1'],
];

describe('what is found in an installation after faults', () => {
  it('is nothing, when all is as it was promised', () => {
    expect(findingsIn(whole)).toEqual([]);
  });

  it('is nothing, where what was disposed of was put again', () => {
    expect(findingsIn(holding('sha256:c', { found: 'sha256:c', isNewer: true }))).toEqual([]);
  });

  it('is nothing, where a run has ended of what was done to it', () => {
    expect(findingsIn(at(5, { type: 'RunFailed', failure: 'storage-full' }))).toEqual([]);
  });

  it.each(planted)('%s', (_, facts, finding) => {
    expect(findingsIn(facts)).toEqual([finding]);
  });
});
