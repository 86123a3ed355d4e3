import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { streamKind } from '#kernel';
import { canonicalize } from '#evidence';
import { disposalCodec } from '#contracts/stored';
import { disposalStream, type ArtifactsDisposed } from '#domain/disposal';
import type { StoredEvent } from '#event-store';
import { appended } from '../support/appended.js';
import { declare, ended, key, reason, submit, type Experiment } from '../support/experiment.js';
import { isSealed } from '../support/outcomes.js';
import { startServer, type TestServer } from '../support/servers/index.js';
import { startCluster, type Cluster, type Instance } from '../support/start-on-engines.js';
import { streamOwners } from '../support/stream-owners.js';
import { readUntil, type PublicRecord } from './public-topics.js';

interface HostTools {
  needTools(wanted: readonly { command: string; debian: string; use: string }[]): Promise<void>;
}

const experiment: Experiment = {
  namespace: 'told',
  name: 'one',
  files: {
    'step.mjs': `import { appendFileSync } from 'node:fs';
appendFileSync(process.env.HOLDFAST_METRICS, JSON.stringify({ name: 'loss', value: 1, step: 0 }) + '\\n');`,
  },
  knobs: { lr: 1 },
  blueprint: {
    steps: { only: { run: ['node', 'step.mjs'] } },
    metrics: { loss: { goal: 'minimize' } },
    knobs: { lr: 1 },
  },
};

/** Whoever is asked without a pause has no time for what is waited for. */
const askEveryMs = 50;

const tellers = ['registry', 'scheduler', 'provenance', 'auditor'] as const;
const topicOf = (service: string) => `holdfast.${service}.v1`;

describe('public events, and disposals, of services on real engines that are killed meanwhile', () => {
  let [broker, cluster] = [undefined as unknown as TestServer, undefined as unknown as Cluster];
  let stored: readonly StoredEvent[] = [];
  let records: readonly PublicRecord[] = [];

  const instanceOf = (kind: string): Instance => cluster.instances.find((one) => one.kind === kind)!;
  const notReady = async (kind: string): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${instanceOf(kind).httpPort}/readyz`);
    return answer.ok ? '' : answer.text();
  };

  const runs: string[] = [];
  /** @returns why it was refused */
  const disposed = (runId: string): Promise<unknown> =>
    cluster.connection.provenance
      .dispose(
        {
          ...{ namespace: '', runId, authority: 'case 9', reason },
          ...{ beforeTime: true, artifacts: [], dryRun: false },
        },
        key(),
      )
      .then(
        () => undefined,
        (error: unknown) => error,
      );
  const held = async (subject: string): Promise<string> => {
    const order = { namespace: '', subject, authority: 'case 7', reason };
    return (await cluster.connection.auditor.placeHold(order, key())).hold?.id ?? '';
  };
  const disposalEvents = async (run: string) =>
    (await Array.fromAsync(cluster.eventStore.readStream(disposalStream(run)))).flat();
  const absentOf = async (run: string) =>
    cluster.artifacts.missing(tombstoneIn(await disposalEvents(run)).blobs.map(({ digest }) => digest));

  beforeAll(async () => {
    const { needTools } = (await import(
      new URL('../../../infra/scripts/host-tools.mjs', import.meta.url).href
    )) as HostTools;
    await needTools([{ command: 'kcat', debian: 'kcat', use: 'Kafka as another client sees it' }]);
    broker = await startServer('kafka');
    cluster = await startCluster({
      HOLDFAST_MESSAGE_BUS: `kafka://${broker.url}?partitions=2`,
      HOLDFAST_FAULT: 'registry:relay:after-publish#1,provenance:before-removal',
    });
  });
  afterAll(async () => {
    await cluster?.close();
    await broker?.stop();
  });

  it('a relay that is killed after it has published, and before it remembers that it has, publishes again', async () => {
    const { child } = instanceOf('registry');
    const died = once(child as never, 'exit');
    const declaring = declare(cluster, experiment).catch(() => undefined);
    expect(await died).toEqual([null, 'SIGKILL']);
    await cluster.restart(instanceOf('registry'), { HOLDFAST_FAULT: '' });
    await declaring;
    await declare(cluster, experiment);
    const { id, status } = await ended(cluster, await submit(cluster, experiment));
    expect(status).toBe('RUN_STATUS_COMPLETED');
    runs.push(id);
  });

  it('while the broker is away services say so, take commands and lose nothing, and a killed one goes on from its position', async () => {
    await broker.kill();
    const { namespace, name } = experiment;
    const { run: queued } = await cluster.connection.scheduler.submitRun(
      {
        ...{ namespace, reason, priority: 0, dryRun: false, overrides: Buffer.from('{}') },
        what: { $case: 'blueprint', value: name },
      } as never,
      key(),
    );
    while (!(await notReady('scheduler')).includes('message-bus')) await setTimeout(askEveryMs);
    const restarted = cluster.restart(instanceOf('scheduler'));
    await broker.restart();
    await restarted;
    const { status } = await ended(cluster, queued!);
    expect(status).toBe('RUN_STATUS_COMPLETED');
    while ((await notReady('provenance')) !== '') await setTimeout(askEveryMs);
    await isSealed(cluster, queued!);
    const { auditor } = cluster.connection;
    const about = { namespace, blueprint: name, channel: 'dev', metric: 'loss', reason };
    await auditor.acceptBaseline({ ...about, runs: [queued!.id] }, key());
    runs.push(queued!.id);
  });

  it('a disposal that is killed before the removal is ended by the next; a hold wins as long as bytes are there', async () => {
    const [killed = '', raced = ''] = runs;
    const provenance = instanceOf('provenance');
    const died = once(provenance.child as never, 'exit');
    const repeated = disposed(killed);
    expect(await died).toEqual([null, 'SIGKILL']);
    const hold = await held(killed);
    await cluster.restart(provenance, { HOLDFAST_FAULT: '' });
    await appended(cluster, disposalStream(killed), 'DisposalWithdrawn');
    await repeated;
    expect(await absentOf(killed)).toEqual([]);

    expect(await disposed(killed)).toMatchObject({ code: 'RUN_HELD' });
    await cluster.connection.auditor.releaseHold({ hold, authority: 'case 7', reason }, key());
    expect(await disposed(killed)).toBeUndefined();
    expect((await disposalEvents(killed)).map(({ type }) => type)).toEqual([
      ...['ArtifactsDisposed', 'DisposalWithdrawn', 'ArtifactsDisposed', 'DisposalFinished'],
    ]);
    const { blobs } = tombstoneIn(await disposalEvents(killed));
    expect(blobs.length).toBeGreaterThan(1);
    expect(await absentOf(killed)).toHaveLength(blobs.length);

    const [refused] = await Promise.all([disposed(raced), held(raced)]);
    const outcome = await disposalEvents(raced);
    if (refused === undefined) expect(outcome.map(({ type }) => type)).toContain('DisposalFinished');
    else {
      expect(refused).toMatchObject({ code: 'RUN_HELD' });
      expect(outcome.map(({ type }) => type)).not.toContain('DisposalFinished');
      if (outcome.length > 0) expect(await absentOf(raced)).toEqual([]);
    }
    const told = await Array.fromAsync(
      cluster.connection.auditor.verifyLog({ keys: [], witnessKeys: [], witnesses: 0, seen: [] }),
    );
    expect(told.flatMap(({ part }) => (part?.$case === 'finding' ? part.value : []))).toEqual([]);
    expect(told.at(-1)?.part).toMatchObject({ $case: 'report', value: { intact: true } });
  });

  it('each event is there at least once, on the topic of its service, first occurrences in stream order', async () => {
    const all = async () => (await Array.fromAsync(cluster.eventStore.readAll())).flat();
    // Until nothing has been stored while the topics were read: something may still follow of what was asked for.
    for (stored = await all(); ; stored = await all()) {
      const ids = new Set(stored.map(({ eventId }) => eventId));
      records = await readUntil(broker.url, tellers.map(topicOf), (read) => {
        const told = read.map(({ headers }) => headers['ce_id']!);
        return ids.isSubsetOf(new Set(told)) && told.length > ids.size;
      });
      if ((await all()).length === stored.length) break;
    }
    const seen = new Set<string>();
    const order: Record<string, { readonly topic: string; readonly ids: string[] }> = {};
    for (const { topic, key: stream, headers } of records) {
      const id = headers['ce_id']!;
      if (!seen.has(id)) (order[stream] ??= { topic, ids: [] }).ids.push(id);
      seen.add(id);
    }
    const expected = Object.groupBy(stored, ({ stream }) => stream);
    expect(order).toEqual(
      Object.fromEntries(
        Object.entries(expected).map(([stream, events = []]) => [
          stream,
          { topic: topicOf(ownerOf(stream)), ids: events.map(({ eventId }) => eventId) },
        ]),
      ),
    );
    expect(new Set(records.map(({ topic }) => topic)).size).toBe(4);
    expect(records.length).toBeGreaterThan(seen.size);
  });

  it('each is a CloudEvent 1.0 in binary mode as proto/asyncapi.yaml describes it', () => {
    const described = readDescription();
    const problems = records.flatMap(({ topic, key: stream, headers, text: value }) => {
      const service = topic.split('.')[1]!;
      const type = headers['ce_type']!.replaceAll('.', '-');
      const { messages, address } = described.channels[service]!;
      const valid = [
        address === topic && Object.hasOwn(messages, type),
        headers['ce_subject'] === stream,
        checker(described, described.components.schemas['cloudEvent']!)(headers),
        checker(described, described.components.messages[type]!.payload)(JSON.parse(value)),
      ];
      return valid.every(Boolean) ? [] : [{ headers, value, valid }];
    });
    expect(problems).toEqual([]);
    expect(records.length).toBeGreaterThan(stored.length);
  });

  it('kcat, which knows nothing of us, reads the same', async () => {
    const output = await Promise.all(
      tellers.map(async (service) => {
        const child = spawn('kcat', ['-b', broker.url, '-C', '-t', topicOf(service), '-e', '-q', '-J']);
        return text(child.stdout);
      }),
    );
    const read = output
      .flatMap((lines) => lines.trim().split('\n'))
      .map((line) => {
        const { topic, partition, key: stream, headers, payload } = JSON.parse(line) as KcatRecord;
        const pairs = headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]!] as const] : []));
        return { topic, partition, key: stream, text: payload, headers: Object.fromEntries(pairs) };
      });
    const sorted = (all: readonly PublicRecord[]) => all.map((one) => canonicalize({ ...one })).sort();
    // And what may have been told since.
    expect(sorted(read)).toEqual(expect.arrayContaining(sorted(records)));
  });
});

function tombstoneIn(events: readonly StoredEvent[]): ArtifactsDisposed {
  const { type, bytes } = events.findLast((event) => event.type === 'ArtifactsDisposed')!;
  return disposalCodec.decode(type, bytes).event as ArtifactsDisposed;
}

interface KcatRecord extends Omit<PublicRecord, 'headers' | 'text'> {
  readonly headers: readonly string[];
  readonly payload: string;
}

interface Described {
  readonly channels: Record<string, { readonly address: string; readonly messages: object }>;
  readonly components: {
    readonly messages: Record<string, { readonly payload: object }>;
    readonly schemas: Record<string, object>;
  };
}

const readDescription = (): Described =>
  parse(readFileSync(new URL('../../proto/asyncapi.yaml', import.meta.url), 'utf8')) as Described;

const ownerOf = (stream: string): string => {
  const kind = streamKind(stream as never);
  const [owner] =
    Object.entries(streamOwners).find(([, kinds]) => (kinds as readonly string[]).includes(kind)) ?? [];
  return owner ?? 'nobody';
};

const checkers = new Map<object, ValidateFunction>();
function checker({ components }: Described, schema: object): ValidateFunction {
  const known = checkers.get(schema);
  if (known) return known;
  const ajv = new Ajv({ strict: false });
  (addFormats as unknown as (ajv: Ajv) => void)(ajv);
  const made = ajv.compile({ ...schema, components });
  checkers.set(schema, made);
  return made;
}
