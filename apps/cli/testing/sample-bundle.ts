import { open, writeFile } from 'node:fs/promises';
import yazl from 'yazl';
import { toInstant, type Digest, type StreamId } from '#kernel';
import { canonicalBytes, digestBytes, treeManifest, treeOf, type Tree } from '#evidence';
import { encodeEnvelope } from '#contracts/stored';
import { bundlePaths, coreTree, historyBytes, type HistoryLine } from '#domain/bundle';
import { reproducibilityKey, stepSeed, type Manifest } from '#domain/manifest';
import type { RunEvent } from '#domain/run';
import { manifestName, writeBundle } from '#bundle-file';
import { manifestOf } from '#bundle-file/testing';

const run = '3f0e1d2c-0000-4000-8000-0000000000aa';
const at = toInstant(0);

export interface Sample {
  readonly run: string;
  readonly core: Tree;
  readonly output: string;
  readonly bytesOf: (digest: Digest) => Uint8Array;
}

/** A small run whose parts agree, as provenance would seal it. */
export function sampleBundle(): Sample {
  const blobs = new Map<Digest, Uint8Array>();
  const keep = (bytes: Uint8Array | string) => {
    const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    const digest = digestBytes(content);
    blobs.set(digest, content);
    return { digest, sizeBytes: content.length };
  };
  const code = treeOf([{ path: 'train.mjs', mode: '100644', ...keep('console.log("training")\n') }]);
  const small = manifestOf(code, digestBytes('a,b\n1,2\n'));
  const train = { ...small.pinned.steps['train'], out: { model: 'model.json', scores: 'scores.json' } };
  const whole = { ...small, pinned: { ...small.pinned, steps: { train } } } as Manifest;
  const manifest = keep(canonicalBytes(whole));
  const model = keep('{"weights":[0.25,0.5]}\n');
  const scores = keep('{"accuracy":"0.97"}   \n');
  const empty = keep('');
  const step = {
    type: 'StepCompleted',
    epoch: 1,
    step: 'train',
    fold: null,
    outputs: [
      { name: 'model', path: 'model.json', kind: 'file', ...model },
      { name: 'scores', path: 'scores.json', kind: 'file', ...scores },
    ],
    undeclared: [],
    stdout: keep('training\n'),
    stderr: empty,
    metrics: empty,
    summary: [],
    durationMs: 5,
    exitCode: 0,
    seed: stepSeed(whole, { step: 'train', fold: null }),
    at,
  } as const;
  const events = [
    {
      type: 'RunSubmitted',
      namespace: 'default',
      ...{ blueprint: { name: 'default/birds', version: digestBytes('version') }, knobs: whole.pinned.knobs },
    },
    {
      type: 'RunAdmitted',
      manifest: manifest.digest,
      reproducibilityKey: reproducibilityKey(whole),
      ...{ stepsTotal: 1, retry: whole.declared.retry },
    },
    step,
    { type: 'RunCompleted', epoch: 1, metrics: [], at },
  ];
  const core = coreTree({
    manifest,
    history: keep(historyBytes(events.map(line))),
    code,
    steps: [step as Extract<RunEvent, { type: 'StepCompleted' }>],
    trees: new Map(),
  });
  const output = `${bundlePaths.steps}/1/train/outputs/model.json`;
  return { run, core, output, bytesOf: (digest) => blobs.get(digest) as Uint8Array };
}

const line = ({ type, ...data }: { type: string }, revision: number): HistoryLine => ({
  stream: `run-${run}` as StreamId,
  revision,
  eventId: `00000000-0000-4000-8000-00000000000${revision}`,
  type,
  envelope: new TextDecoder().decode(encodeEnvelope({ metadata, data: data as never })),
});

const metadata = {
  actor: { id: 'a', type: 'person', roles: [] },
  correlationId: 'c',
  recordedAt: at,
  service: 'scheduler',
  serviceVersion: '0.1.0',
  schemaVersion: 1,
} as const;

/** Writes the sample as provenance writes a bundle, reading members through `bytesOf`. */
export async function writeSample(path: string, { core, bytesOf }: Sample): Promise<void> {
  const file = await open(path, 'w');
  const bytes = writeBundle({
    core,
    beside: [],
    async *open(digest) {
      yield bytesOf(digest);
    },
  });
  for await (const part of bytes) await file.write(part);
  await file.close();
}

/** A zip with any entries at all, as somebody else might write it. */
export async function writeEntries(
  path: string,
  entries: Iterable<readonly [name: string, bytes: Uint8Array]>,
): Promise<void> {
  const zip = new yazl.ZipFile();
  const options = { compress: false, mode: 0o100644, mtime: new Date(1980, 0, 1), forceDosTimestamp: true };
  for (const [name, bytes] of entries) zip.addBuffer(Buffer.from(bytes), name, options);
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream as AsyncIterable<Buffer>) parts.push(part);
  await writeFile(path, Buffer.concat(parts));
}

export const entriesOf = ({ core, bytesOf }: Sample): [string, Uint8Array][] => [
  [manifestName, treeManifest(core)],
  ...core.entries.map(({ path, digest }): [string, Uint8Array] => [path, bytesOf(digest)]),
];
