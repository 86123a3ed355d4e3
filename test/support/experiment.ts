import { systemChance, type Digest, type JsonObject } from '#kernel';
import { digestBytes, treeDigest, treeManifest, treeOf, treeSizeBytes } from '#evidence';
import { hashFile } from '#evidence/files';
import { scheduler } from '#contracts';
import type { System } from './system.js';

/** All it takes to drive a system, wherever its processes are. */
export type Driven = Pick<System, 'connection'>;

export interface Experiment {
  /** One of its own for each test. */
  readonly namespace: string;
  readonly name: string;
  /** The code, by path; what begins with `#!` may be executed. */
  readonly files: Readonly<Record<string, string>>;
  /** CSV by dataset name; each becomes the next version of it, unless the bytes are known. */
  readonly datasets?: Readonly<Record<string, string>>;
  /** Defaults by name; every knob is a number of any size. */
  readonly knobs?: Readonly<Record<string, number>>;
  /** What the blueprint says beside its name, code and environment: `steps`, `metrics`, `data`. */
  readonly blueprint: JsonObject;
}

const usualReason = 'because it is a test';
export { usualReason as reason };
export const key = () => ({ idempotencyKey: systemChance.uuid() });
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

async function putBlob({ connection }: Driven, bytes: Uint8Array): Promise<void> {
  const header = { digest: digestBytes(bytes), sizeBytes: bytes.length, offset: 0 };
  await connection.registry.putBlob([
    { header, data: Buffer.alloc(0) },
    { header: undefined, data: Buffer.from(bytes) },
  ]);
}

let node: Promise<Digest> | undefined;
/** The Node that steps run on here, as `holdfast lock` pins it. It stays the same while tests run. */
function nodeHere(): Promise<Digest> {
  node ??= hashFile(process.execPath).then(({ hashed }) => {
    if (hashed === undefined) throw new Error(`${process.execPath} cannot be read`);
    return hashed.digest;
  });
  return node;
}

/**
 * Brings an experiment into the catalogue: code, data, environment, knobs and one version of the blueprint.
 * @returns the digest of that version
 */
export async function declare(system: Driven, experiment: Experiment, reason = usualReason): Promise<string> {
  const { namespace, name, files, datasets = {}, knobs = {}, blueprint } = experiment;
  const { registry } = system.connection;
  const texts = Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
  const code = treeOf(
    texts.map(({ path, bytes }) => ({
      path,
      sizeBytes: bytes.length,
      digest: digestBytes(bytes),
      mode: bytes.subarray(0, 2).toString() === '#!' ? '100755' : '100644',
    })),
  );
  for (const bytes of [...texts.map(({ bytes }) => bytes), treeManifest(code)]) await putBlob(system, bytes);

  const data: Record<string, JsonObject> = {};
  for (const [dataset, text] of Object.entries(datasets)) {
    const [bytes, digest] = [Buffer.from(text), digestBytes(Buffer.from(text))];
    await putBlob(system, bytes);
    const about = { description: '', origin: '', license: '', parents: [], transformation: '' };
    const { version } = await registry.addDatasetVersion(
      { namespace, name: dataset, digest, format: 'csv', reason, ...about },
      key(),
    );
    data[dataset] = {
      dataset: `${dataset}@${version?.number}`,
      digest,
      format: 'csv',
      sizeBytes: bytes.length,
    };
  }
  const environment = { name: 'node-26', kind: 'node', digest: await nodeHere() };
  const { name: _, ...pinned } = environment;
  const declaration = json({ environment: 'node-26', architecture: process.arch, ...pinned });
  await registry.registerEnvironment({ namespace, name: '', declaration, reason }, key());
  for (const [knob, value] of Object.entries(knobs)) {
    const declared = { knob, type: 'number', default: value, description: `How much ${knob}` };
    await registry.declareKnob({ namespace, declaration: json(declared), reason }, key());
  }
  const document = {
    ...{ blueprint: `${namespace}/${name}`, why: 'Does it work?', code: { path: './src' } },
    ...{ environment: 'node-26', seed: 7, ...blueprint },
  };
  const lock = {
    ...{ v: 1, holdfast: '0.1.0', blueprint: `${namespace}/${name}`, architecture: process.arch },
    code: { tree: treeDigest(code), sizeBytes: treeSizeBytes(code) },
    ...{ sourceDateEpoch: 315_532_800, environment, data },
  };
  const request = { namespace, document: json(document), lock: json(lock), reason };
  const { blueprint: declared } = await registry.declareBlueprint(request, key());
  return declared?.version ?? '';
}

export interface Submission {
  readonly namespace: string;
  readonly name: string;
  readonly overrides?: JsonObject;
}

/** Submits a run. @throws with its problems when it was not admitted */
export async function submit(
  { connection }: Driven,
  { namespace, name, overrides = {} }: Submission,
  reason = usualReason,
): Promise<scheduler.Run> {
  const what = { $case: 'blueprint', value: name } as const;
  const request = { namespace, what, overrides: json(overrides), reason, priority: 0, dryRun: false };
  const { run } = await connection.scheduler.submitRun(request as never, key());
  if (run === undefined) throw new Error('no run was answered');
  if (run.problems.length > 0) throw new Error(JSON.stringify(run.problems));
  return run;
}

const { RUN_STATUS_REJECTED, RUN_STATUS_COMPLETED, RUN_STATUS_FAILED, RUN_STATUS_CANCELLED } =
  scheduler.RunStatus;
const ends: readonly string[] = [
  ...[RUN_STATUS_REJECTED, RUN_STATUS_COMPLETED],
  ...[RUN_STATUS_FAILED, RUN_STATUS_CANCELLED],
];

/** The run when it has come to its end, however that is. */
export async function ended(
  { connection }: Driven,
  { namespace, id }: Pick<scheduler.Run, 'namespace' | 'id'>,
): Promise<scheduler.Run> {
  for await (const { run } of connection.scheduler.watchRun({ namespace, id }))
    if (run !== undefined && ends.includes(run.status)) return run;
  const { run } = await connection.scheduler.getRun({ namespace, id });
  if (run !== undefined && ends.includes(run.status)) return run;
  throw new Error(`the stream of run ${id} ended before the run did`);
}
