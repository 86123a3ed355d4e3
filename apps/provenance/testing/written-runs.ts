import { streamId, type Digest, type Instant } from '#kernel';
import {
  canonicalBytes,
  digestBytes,
  digestValue,
  nameId,
  treeDigest,
  treeManifest,
  treeOf,
  treeSizeBytes,
} from '#evidence';
import { blueprintCodec, runCodec, type EventCodec, type EventMetadata } from '#contracts/stored';
import type { ArtifactStore } from '#artifact-store';
import type { EventStore } from '#event-store';
import { blueprintStream, type BlueprintEvent } from '#domain/blueprint';
import { reproducibilityKey, stepSeed, type Manifest } from '#domain/manifest';
import type { BlobRef, RunEvent } from '#domain/run';

export const at = '2026-01-31T09:30:00.000Z' as Instant;
const digit = (hex: string) => `sha256:${hex.repeat(64)}` as Digest;

/** Where runs are written to, as the scheduler and the registry would have. */
export interface Place {
  readonly eventStore: EventStore;
  readonly artifacts: ArtifactStore;
}

export interface WrittenRun {
  readonly namespace?: string;
  readonly code?: Readonly<Record<string, string>>;
  readonly csv?: string;
  readonly l2?: number;
  readonly tolerance?: number;
  /** By path below `outputs/` of the one step; `plots/…` is a folder. */
  readonly model?: string;
  readonly plots?: Readonly<Record<string, string>>;
  readonly accuracy?: number;
  readonly cores?: number;
  /** Its environment is an image. */
  readonly image?: string;
  readonly hostNotIsolated?: boolean;
  readonly ownUid?: boolean;
  readonly end?: 'RunCompleted' | 'RunFailed' | 'RunCancelled' | 'none';
  readonly reproductionOf?: string;
  readonly causationId?: string;
}

const metadata = {
  actor: { id: nameId('actor', 'somebody'), type: 'person', roles: [] },
  reason: 'because it is a test',
  correlationId: 'c-1',
  recordedAt: at,
  service: 'scheduler',
  serviceVersion: 'test',
} as const;

export async function appendEvents<Event extends { readonly type: string }>(
  { eventStore }: Pick<Place, 'eventStore'>,
  codec: EventCodec<Event>,
  stream: ReturnType<typeof streamId>,
  from: number,
  events: readonly Event[],
  more: Partial<EventMetadata> = {},
) {
  return eventStore.append(
    stream,
    from === 0 ? 'none' : from - 1,
    events.map((event, i) => ({
      eventId: nameId('event', stream, String(from + i)),
      type: event.type,
      bytes: codec.encode(event, { ...metadata, ...more }),
    })),
  );
}

export async function keep(
  { artifacts }: Pick<Place, 'artifacts'>,
  bytes: string | Uint8Array,
): Promise<BlobRef> {
  const { digest, sizeBytes } = await artifacts.put(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  return { digest, sizeBytes };
}

/** Keeps the files and their list. */
export async function keepTree(place: Place, files: Readonly<Record<string, string>>) {
  const entries = await Promise.all(
    Object.entries(files).map(async ([path, text]) => ({
      path,
      ...(await keep(place, text)),
      mode: '100644' as const,
    })),
  );
  const tree = treeOf(entries);
  await keep(place, treeManifest(tree));
  return {
    tree: treeDigest(tree),
    sizeBytes: treeSizeBytes(tree),
    list: await keep(place, treeManifest(tree)),
  };
}

/** A blueprint, declared once. */
export async function declare(place: Place, namespace = 'default'): Promise<BlueprintEvent> {
  const document = await keep(place, canonicalBytes({ blueprint: `${namespace}/species`, why: 'Why?' }));
  const event: BlueprintEvent = {
    type: 'BlueprintVersionDeclared',
    namespace,
    name: 'species',
    version: digit('b'),
    number: 1,
    previous: null,
    document,
    lock: await keep(place, '{"v":1}'),
    why: 'Why?',
    at,
  };
  await appendEvents(place, blueprintCodec, blueprintStream(namespace, 'species'), 0, [event]);
  return event;
}

export async function manifestFor(place: Place, run: WrittenRun): Promise<Manifest> {
  const { tree, sizeBytes } = await keepTree(place, run.code ?? { 'train.mjs': 'console.log(1)\n' });
  const data = await keep(place, run.csv ?? 'species,bill\nAdelie,39.1\nGentoo,47\n');
  return {
    v: 1,
    pinned: {
      code: { tree, sizeBytes },
      environment:
        run.image === undefined
          ? { kind: 'node', digest: digit('e') }
          : { kind: 'image', digest: digit('e'), image: run.image },
      data: { penguins: { digest: data.digest, format: 'csv' } },
      knobs: { l2: run.l2 ?? 0.1 },
      seed: { root: 7, method: 'hkdf-sha256/1' },
      determinism: { sourceDateEpoch: 315_532_800, network: false, variables: {} },
      steps: {
        train: {
          run: ['node', 'train.mjs'],
          in: { raw: { data: 'penguins' } },
          out: { model: 'model.json', plots: 'plots' },
        },
      },
      resources: { cpu: 1, memoryBytes: 2 ** 28, timeoutMs: 120_000, diskBytes: 2 ** 30, pids: 256 },
      isolation: null,
      architecture: 'x64',
      secrets: {},
    },
    declared: {
      blueprint: { namespace: run.namespace ?? 'default', name: 'species', version: digit('b') },
      environment: { name: 'node-26' },
      why: 'Why?',
      metrics: {
        accuracy: { goal: 'maximize', tolerance: { abs: run.tolerance ?? 0, rel: 0 }, unit: '1' },
      },
      retry: { attempts: 1, on: [] },
      datasets: { penguins: 'penguins@1' },
      pool: 'default',
      labels: {},
    },
  };
}

/** Appends the whole history of a run, up to its end; answers with its id. */
export async function writeRun(place: Place, id: string, run: WrittenRun = {}): Promise<Manifest> {
  const manifest = await manifestFor(place, run);
  const { digest } = await keep(place, canonicalBytes(manifest));
  const stream = streamId('run', id);
  const more = run.causationId === undefined ? {} : { causationId: run.causationId };
  const events = await eventsOf(place, run, manifest, digest);
  await appendEvents(place, runCodec, stream, 0, events, more);
  return manifest;
}

export async function eventsOf(
  place: Place,
  run: WrittenRun,
  manifest: Manifest,
  digest: Digest,
): Promise<RunEvent[]> {
  const accuracy = run.accuracy ?? 0.97;
  const metric = { name: 'accuracy', value: accuracy, count: 1, min: accuracy, max: accuracy, folds: 0 };
  const model = await keep(place, run.model ?? '{"weights":[1,2]}');
  const plots = await keepTree(place, run.plots ?? { 'a.svg': '<svg/>', 'b/c.svg': '<svg></svg>' });
  const sections = { cpu: { model: 'A', cores: run.cores ?? 2 }, clock: { pinned: 'UTC' } };
  const fingerprint = await keep(place, canonicalBytes({ holdfast: 'fingerprint/1', sections }));
  const log = async (text: string) => keep(place, text);
  const { namespace, name, version } = manifest.declared.blueprint;
  const end = run.end ?? 'RunCompleted';
  return [
    {
      type: 'RunSubmitted',
      namespace: run.namespace ?? 'default',
      blueprint: { name: `${namespace}/${name}`, version },
      requestDigest: digestBytes(Buffer.from('request')),
      knobs: manifest.pinned.knobs,
      pool: 'default',
      priority: 0,
      ...(run.reproductionOf === undefined ? {} : { reproductionOf: run.reproductionOf }),
      submittedAt: at,
    },
    {
      type: 'RunAdmitted',
      manifest: digest,
      reproducibilityKey: reproducibilityKey(manifest),
      stepsTotal: 1,
      retry: { attempts: 1, on: [] },
    },
    { type: 'RunClaimed', epoch: 1, executor: nameId('executor', 'one'), release: '0.1.0', at },
    {
      type: 'RunStarted',
      epoch: 1,
      fingerprint: fingerprint.digest,
      sections: { cpu: digestValue(sections.cpu), clock: digestValue(sections.clock) },
      isolation: { level: 'process', ...(run.ownUid === undefined ? {} : { ownUid: run.ownUid }) },
      hostNotIsolated: run.hostNotIsolated ?? false,
      folds: (await keep(place, '{"folds":[]}')).digest,
      at,
    },
    {
      type: 'StepCompleted',
      epoch: 1,
      step: 'train',
      fold: null,
      outputs: [
        { name: 'model', path: 'model.json', kind: 'file', ...model },
        { name: 'plots', path: 'plots', kind: 'tree', ...plots.list },
      ],
      undeclared: [],
      stdout: await log('hello\n'),
      stderr: await log(''),
      metrics: await keep(place, `{"name":"accuracy","value":${accuracy}}\n`),
      summary: [metric],
      durationMs: 12,
      exitCode: 0,
      seed: stepSeed(manifest, { step: 'train', fold: null }),
      at,
    },
    ...(end === 'RunCompleted' ? [{ type: end, epoch: 1, metrics: [metric], at } as const] : []),
    ...(end === 'RunFailed'
      ? [{ type: end, epoch: 1, failure: { class: 'timeout', message: 'too slow' }, at } as const]
      : []),
    ...(end === 'RunCancelled' ? [{ type: end, epoch: 1, at } as const] : []),
  ];
}
