import { streamId, type Digest, type Instant, type JsonObject } from '#kernel';
import { canonicalBytes, digestBytes, digestValue, nameId, treeManifest, treeOf } from '#evidence';
import { runCodec, type EventMetadata } from '#contracts/stored';
import { reproducibilityKey, type Manifest } from '#domain/manifest';
import type { RunEvent } from '#domain/run';
import type { SharedEngines } from '#engines';

/** What a run was made from and what came of it; everything has a default. */
export interface Trial {
  readonly namespace?: string;
  readonly blueprint?: string;
  readonly knobs?: Manifest['pinned']['knobs'];
  /** CSV text by name of the data. */
  readonly data?: Readonly<Record<string, string>>;
  readonly where?: string;
  /** Text by path. */
  readonly code?: Readonly<Record<string, string>>;
  readonly seed?: number;
  /** Fingerprint by section. */
  readonly sections?: Readonly<Record<string, JsonObject>>;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly tolerance?: number;
  readonly reproductionOf?: string;
  readonly ends?: 'RunCompleted' | 'RunFailed' | 'never';
  readonly reason?: string;
  readonly at?: Instant;
}

export interface WrittenRun {
  readonly id: string;
  readonly manifest: Digest;
  /** By type; the last one of each. */
  readonly eventIds: Readonly<Record<string, string>>;
}

export const person = { id: nameId('actor', 'somebody'), type: 'person', roles: [] } as const;
const executor = { id: nameId('executor', 'one'), type: 'executor', roles: [] } as const;
const always = '2026-01-31T09:30:00.000Z' as Instant;
const digit = (hex: string): Digest => `sha256:${hex.repeat(64)}` as Digest;

export const irises = `width,species\n${'1.5,setosa\n2.5,virginica\n'.repeat(60)}`;

/** Writes the blobs of a run and its whole history, as scheduler and executor would. `name` makes its id. */
export async function writeRun(
  { eventStore, artifacts }: SharedEngines,
  name: string,
  trial: Trial = {},
): Promise<WrittenRun> {
  const keep = async (bytes: Uint8Array): Promise<Digest> => (await artifacts.put(bytes)).digest;
  const { namespace = 'default', blueprint = 'species', data = { birds: irises }, sections = {} } = trial;
  for (const text of [...Object.values(data), ...Object.values(trial.code ?? {})])
    await keep(Buffer.from(text));
  const manifest = manifestOf({ ...trial, namespace, blueprint, data });
  await keep(treeManifest(treeOf(filesOf(trial))));
  const digest = await keep(canonicalBytes(manifest as unknown as JsonObject));
  const captured = { os: { kernel: 'Linux' }, cpu: { cores: 2 }, ...sections };
  const fingerprint = await keep(canonicalBytes({ holdfast: 'fingerprint/1', sections: captured }));
  const id = nameId('run', name);
  const stream = streamId('run', id);
  const at = trial.at ?? always;
  const { metrics = { accuracy: 0.9 }, reproductionOf, ends = 'RunCompleted' } = trial;
  const summary = Object.entries(metrics).map(([metric, value]) => ({
    ...{ name: metric, value, count: 1, min: value, max: value, folds: 0 },
  }));
  const events: RunEvent[] = [
    {
      type: 'RunSubmitted',
      namespace,
      blueprint: { name: `${namespace}/${blueprint}`, version: manifest.declared.blueprint.version },
      requestDigest: digit('1'),
      knobs: {},
      ...{ pool: 'default', priority: 0, submittedAt: at },
      ...(reproductionOf === undefined ? {} : { reproductionOf }),
    },
    {
      type: 'RunAdmitted',
      manifest: digest,
      reproducibilityKey: reproducibilityKey(manifest),
      stepsTotal: 1,
      retry: { attempts: 1, on: [] },
    },
    { type: 'RunClaimed', epoch: 1, executor: executor.id, release: '0.1.0', at },
    {
      type: 'RunStarted',
      epoch: 1,
      fingerprint,
      sections: Object.fromEntries(Object.entries(captured).map(([key, value]) => [key, digestValue(value)])),
      isolation: { level: 'process' },
      hostNotIsolated: true,
      at,
    },
    ...(ends === 'RunCompleted' ? [trainCompleted(summary, at)] : []),
    ...(ends === 'RunCompleted' ? [{ type: ends, epoch: 1, metrics: summary, at } as const] : []),
    ...(ends === 'RunFailed'
      ? [{ type: ends, epoch: 1, failure: { class: 'exit', message: 'exit 1' }, at } as const]
      : []),
  ];
  const eventIds: Record<string, string> = {};
  const batch = events.map((event, revision) => {
    const eventId = nameId('event', stream, String(revision));
    eventIds[event.type] = eventId;
    const metadata: Omit<EventMetadata, 'schemaVersion'> = {
      actor: revision < 2 ? person : executor,
      ...(revision < 2 ? { reason: trial.reason ?? 'to see whether it works' } : {}),
      correlationId: `c-${name}`,
      ...(revision > 2 ? { causationId: eventIds['RunClaimed'] as string } : {}),
      recordedAt: at,
      service: 'scheduler',
      serviceVersion: '0.1.0',
    };
    return { eventId, type: event.type, bytes: runCodec.encode(event, metadata) };
  });
  await eventStore.append(stream, 'none', batch);
  return { id, manifest: digest, eventIds };
}

function trainCompleted(
  summary: Extract<RunEvent, { type: 'StepCompleted' }>['summary'],
  at: Instant,
): RunEvent {
  const model = Buffer.from(JSON.stringify(summary));
  const blob = { digest: digestBytes(model), sizeBytes: model.length };
  return {
    type: 'StepCompleted',
    ...{ epoch: 1, step: 'train', fold: null },
    outputs: [{ name: 'model', path: 'model.json', kind: 'file', ...blob }],
    ...{ undeclared: [], stdout: blob, stderr: blob, metrics: blob, summary, durationMs: 1, at },
    seed: '0'.repeat(64),
  };
}

const filesOf = ({ code = { 'train.mjs': 'train()' } }: Trial) =>
  Object.entries(code).map(([path, text]) => ({
    path,
    sizeBytes: text.length,
    digest: digestBytes(Buffer.from(text)),
    mode: '100644' as const,
  }));

function manifestOf(
  trial: Trial & { namespace: string; blueprint: string; data: Record<string, string> },
): Manifest {
  const tree = treeOf(filesOf(trial));
  const { knobs = { rate: 0.1, l2: 0.001 }, metrics = { accuracy: 0.9 }, tolerance: abs = 0 } = trial;
  const where = trial.where === undefined ? {} : { where: trial.where };
  const data = Object.entries(trial.data).map(
    ([name, text]) => [name, { digest: digestBytes(Buffer.from(text)), format: 'csv', ...where }] as const,
  );
  const declared = { goal: 'maximize', tolerance: { abs, rel: 0 }, unit: '1' } as const;
  return {
    v: 1,
    pinned: {
      code: { tree: digestBytes(treeManifest(tree)), sizeBytes: 7 },
      environment: { kind: 'node', digest: digit('e') },
      data: Object.fromEntries(data),
      knobs,
      seed: { root: trial.seed ?? 7, method: 'hkdf-sha256/1' },
      determinism: { sourceDateEpoch: 315_532_800, network: false, variables: {} },
      steps: {
        train: {
          run: ['node', 'train.mjs'],
          in: Object.fromEntries(Object.keys(trial.data).map((name) => [name, { data: name }])),
          out: { model: 'model.json' },
        },
      },
      resources: { cpu: 1, memoryBytes: 2 ** 28, timeoutMs: 120_000, diskBytes: 2 ** 30, pids: 256 },
      isolation: null,
      architecture: 'x64',
      secrets: {},
    },
    declared: {
      blueprint: { namespace: trial.namespace, name: trial.blueprint, version: digit('b') },
      environment: { name: 'node-26' },
      why: 'Does it work?',
      metrics: Object.fromEntries(Object.keys(metrics).map((name) => [name, declared])),
      retry: { attempts: 1, on: [] },
      datasets: Object.fromEntries(Object.keys(trial.data).map((name) => [name, `${name}@1`])),
      pool: 'default',
      labels: {},
    },
  };
}
