import type { Figure, Target } from './harness/figure.js';

const value = (bound: { atLeast: number } | { atMost: number }): Target => ({ of: 'value', ...bound });
const ratio = (bound: { atLeast: number } | { atMost: number }): Target => ({ of: 'ratio', ...bound });

const spawned = 'the same script spawned as often, each end committed to SQLite';
const sandboxed = 'the same script in the same bubblewrap, spawned as often';
const called = 'three gRPC calls with a row of 1 KiB for each, in groups, in SQLite';
const waits = 'of an empty process: what the machine itself makes wait';
const same = 'the same installation without runs';
const eventClient = 'its bare client, the same batches';
const embedded = 'the embedded default, the same runs';
const few = 'a scheduler with hardly any runs queued';

const exported = 'read, parsed, hashed, a line of JSON and of a table each, to the same disk';

const reread = 'the same reads, index check and hashes by two threads, nothing compared';

const hashedCopy = 'as many bytes read, hashed and written';

type Row = readonly [name: string, title: string, unit: string, limit: string, target?: Target];

const rows: readonly Row[] = [
  ['process.rate-1', 'tracked runs with a process, 1 client', 'runs/s', spawned, value({ atLeast: 60 })],
  ['process.p50-1', 'from submit to the end seen, 1 client', 'ms', spawned, value({ atMost: 16 })],
  ['process.rate-8', 'tracked runs with a process, 8 clients', 'runs/s', spawned, value({ atLeast: 150 })],
  [
    'bubblewrap.rate-8',
    'tracked runs in bubblewrap, 8 clients',
    'runs/s',
    sandboxed,
    ratio({ atLeast: 0.5 }),
  ],
  ['orchestration.rate', 'runs whose step needs no process', 'runs/s', called, value({ atLeast: 400 })],
  [
    'orchestration.cpu',
    'CPU of the server for each, bundle and audit too',
    'ms',
    called,
    value({ atMost: 6 }),
  ],
  [
    'syncs.one-client',
    'fsyncs of a run, 1 client',
    'fsyncs',
    'one commit of SQLite a run',
    value({ atMost: 8 }),
  ],
  [
    'syncs.events',
    'fsyncs of the event store for a run, 8 clients',
    'fsyncs',
    'one commit for 8 runs',
    value({ atMost: 1 }),
  ],
  ['syncs.all', 'fsyncs of a run, 8 clients', 'fsyncs', 'one commit for 8 runs'],
  ['job.time', 'an example whose training takes seconds', 's', 'its scripts alone', ratio({ atMost: 1.05 })],
  [
    'append.rate',
    'commands carried out, 64 callers',
    'events/s',
    'rows in groups of 64, SQLite',
    value({ atLeast: 20_000 }),
  ],
  [
    'replay.rate',
    'events into a read model',
    'events/s',
    'read, parsed, upserted with SQLite',
    value({ atLeast: 60_000 }),
  ],
  ['rebuild.rate', 'a rebuild while pages are asked for', 'events/s', 'read, parsed, upserted with SQLite'],
  [
    'rebuild.memory',
    'the server at most, meanwhile',
    'MB',
    'a process that reads and upserts',
    value({ atMost: 300 }),
  ],
  ['rebuild.loop-delay', 'p99 of its event loop, meanwhile', 'ms', waits, value({ atMost: 50 })],
  ['growth.run', 'stores for a run of one step', 'KB', 'its event bytes in a table', value({ atMost: 20 })],
  ['growth.step', 'stores for each further step', 'KB', 'its event bytes in a table', value({ atMost: 3 })],
  ['growth.views', 'read models for a run', 'KB', 'the event bytes of the run'],
  [
    'hashing.tree',
    '2,000 files of 64 KiB, all cores',
    'MB/s',
    'openssl, as many processes',
    ratio({ atLeast: 0.9 }),
  ],
  ['hashing.file', 'one file of 1 GiB, one core', 'MB/s', 'openssl, one process', ratio({ atLeast: 0.9 })],
  [
    'hashing.again',
    'the same tree unchanged, as often as fast',
    '×',
    'stat of every file',
    value({ atLeast: 50 }),
  ],
  [
    'hashing.file-again',
    'the same file unchanged, as often as fast',
    '×',
    'stat of the file',
    value({ atLeast: 50 }),
  ],
  [
    'hashing.memory',
    'more memory for a file of 1 GiB',
    'MB',
    'read through a buffer of 1 MiB',
    value({ atMost: 64 }),
  ],
  [
    'materialise.again',
    'a dataset for the 2nd run, as often as fast',
    '×',
    'a link instead of a copy',
    value({ atLeast: 100 }),
  ],
  [
    'metrics.points',
    'metric points of a step',
    'points/s',
    'parsed and written by line',
    value({ atLeast: 100_000 }),
  ],
  [
    'page.few',
    'a filtered, sorted page among 2,000 runs',
    'ms',
    'the query on an indexed table',
    value({ atMost: 10 }),
  ],
  [
    'page.many',
    'a filtered, sorted page among 100,000 runs',
    'ms',
    'the query on an indexed table',
    value({ atMost: 30 }),
  ],
  ['start.empty', '`up` ready on an empty folder', 's', 'a bare gRPC server', value({ atMost: 1.5 })],
  ['start.filled', '`up` ready with 10,000 runs', 's', 'a bare gRPC server', value({ atMost: 3 })],
  ['start.memory', 'idle memory', 'MB', 'a bare gRPC server', value({ atMost: 200 })],
  ['install.help', '`holdfast --help` by its bin', 's', 'an empty Node program', value({ atMost: 0.15 })],
  [
    'install.size',
    'production install without the Node runtime',
    'MB',
    'Nest and gRPC alone',
    value({ atMost: 160 }),
  ],
  ['store.run', 'a run from submit to its end', 'ms', same, ratio({ atMost: 1.2 })],
  ['store.get', 'one run read', 'ms', same, ratio({ atMost: 1.2 })],
  ['store.page', 'a filtered page', 'ms', same, ratio({ atMost: 1.2 })],
  [
    'distributed-event-store.append-1',
    'EventStoreDB: events appended one at a time, 16 callers',
    'events/s',
    eventClient,
    ratio({ atLeast: 0.8 }),
  ],
  [
    'distributed-event-store.append-100',
    'EventStoreDB: events appended 100 at a time, 4 callers',
    'events/s',
    eventClient,
    ratio({ atLeast: 0.8 }),
  ],
  [
    'distributed-event-store.read',
    'EventStoreDB: all of history read',
    'events/s',
    eventClient,
    ratio({ atLeast: 0.8 }),
  ],
  [
    'distributed-event-store.subscribe',
    'EventStoreDB: history subscribed to',
    'events/s',
    eventClient,
    ratio({ atLeast: 0.8 }),
  ],
  [
    'distributed-read-store.project',
    'MongoDB: documents that a projection commits, 250 at a time',
    'docs/s',
    '`bulkWrite` of the same documents',
    ratio({ atLeast: 0.7 }),
  ],
  [
    'distributed-bus.publish',
    'Kafka: published, 500 at a time',
    'messages/s',
    'kafkajs, the same batches',
    ratio({ atLeast: 0.8 }),
  ],
  [
    'distributed-bus.consume',
    'Kafka: a topic read from its beginning',
    'messages/s',
    '`eachMessage` of kafkajs, headers as text',
    ratio({ atLeast: 0.8 }),
  ],
  [
    'evidence-bundle.write',
    'a bundle of 1 GiB out of the store into a file',
    's',
    hashedCopy,
    ratio({ atMost: 1.5 }),
  ],
  ['evidence-bundle.write-cpu', 'CPU of writing it, all threads', 's', hashedCopy],
  ['evidence-bundle.verify', 'the same verified', 's', hashedCopy, ratio({ atMost: 1.5 })],
  [
    'evidence-bundle.memory',
    'the process at most, meanwhile',
    'MB',
    'the process at rest',
    value({ atMost: 200 }),
  ],
  [
    'evidence-export.rate',
    'the whole trail as one signed file, over gRPC',
    'events/s',
    exported,
    value({ atLeast: 40_000 }),
  ],
  [
    'evidence-export.memory',
    'the server at most, meanwhile',
    'MB',
    'the server at rest',
    ratio({ atMost: 2 }),
  ],
  [
    'evidence-proof.time',
    'a proof of one event, slowest of a hundred',
    'ms',
    'the same files read',
    value({ atMost: 5 }),
  ],
  [
    'evidence-proof.tiles',
    'tiles of hashes that it reads, at most',
    'files',
    'as many as hold a path of that length',
    value({ atMost: 5 }),
  ],
  ['evidence-proof.bundles', 'bundles of entries', 'files', 'the one with the entry', value({ atMost: 1 })],
  [
    'evidence-sequence.rate',
    'sequenced into the log, to a signed checkpoint',
    'events/s',
    'the same rows read, two hashes and a node each, the same files, no sync',
    value({ atLeast: 40_000 }),
  ],
  [
    'evidence-sequence.memory',
    'the process at most, meanwhile',
    'MB',
    'for a tenth of the events',
    ratio({ atMost: 1.5 }),
  ],
  [
    'evidence-verify.rate',
    'the whole log verified, two threads',
    'events/s',
    reread,
    value({ atLeast: 100_000 }),
  ],
  ['evidence-verify.time', 'for a million events', 's', reread, ratio({ atMost: 1.5 })],
  [
    'evidence-verify.memory',
    'the process at most',
    'MB',
    'with a tenth of the events',
    ratio({ atMost: 1.25 }),
  ],
  [
    'distributed-verify.time',
    'a million events of EventStoreDB verified',
    's',
    'its bare client, the same reads and hashes',
    ratio({ atMost: 1.5 }),
  ],
  [
    'distributed-scale.two',
    'runs that sleep, 2 executors',
    'runs/s',
    'twice what 1 executor does',
    ratio({ atLeast: 0.9 }),
  ],
  [
    'distributed-scale.four',
    'runs that sleep, 4 executors',
    'runs/s',
    'four times what 1 executor does',
    ratio({ atLeast: 0.9 }),
  ],
  ['distributed-scale.busy', 'of all cores, with 4 executors', '%', '1 executor'],
  [
    'distributed-overhead.time',
    'a run whose step needs no process, 1 client',
    'ms',
    embedded,
    ratio({ atMost: 3 }),
  ],
  [
    'distributed-overhead.cpu',
    'CPU of the services for each, without engines',
    'ms',
    embedded,
    ratio({ atMost: 3 }),
  ],
  ['distributed-overhead.least-time', 'the calls alone of such a run, by bare clients', 'ms', embedded],
  ['distributed-overhead.least-cpu', 'CPU of as many bare processes for each', 'ms', embedded],
  ['distributed-queue.dispatch', 'runs claimed and told of', 'runs/s', few, ratio({ atLeast: 0.8 })],
  ['distributed-queue.memory', 'a scheduler at most, meanwhile', 'MB', few, value({ atMost: 400 })],
  [
    'distributed-failover.executor',
    'from kill -9 of an executor to its run started elsewhere',
    's',
    'the lease TTL and 1 s',
    ratio({ atMost: 1 }),
  ],
  [
    'distributed-failover.scheduler',
    'a run while 1 of 2 schedulers is killed',
    'ms',
    'a run while nothing is killed',
    ratio({ atMost: 1.2 }),
  ],
  [
    'distributed-failover.slowest',
    'the slowest run while 1 of 2 schedulers is killed',
    'ms',
    'the slowest while nothing is killed',
  ],
];

/** Every figure that is measured, what it must reach and what it is compared with. */
export const figures: readonly Figure[] = rows.map(([name, title, unit, limit, target]) => ({
  ...{ name, title, unit, limit },
  ...(target === undefined ? {} : { target }),
}));

export const figuresOf = (program: string): readonly Figure[] =>
  figures.filter(({ name }) => name.startsWith(`${program}.`));
