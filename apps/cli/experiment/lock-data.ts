import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Digest, Problem } from '#kernel';
import { hashFile, hashTree, type HashedFile, type HashedTree } from '#evidence/files';
import type { Blueprint, Lock } from '#domain/blueprint';
import type { DataFormat } from '#domain/manifest';
import { placed, type LockOptions } from './lock-code.js';
import type { Experiment } from './read-experiment.js';
import { slugOf } from './slug.js';

type Declared = NonNullable<Blueprint['data']>[string];
type Pin = Lock['data'][string];

/** Bytes of the experiment's own folder that are data of it. */
export type LocalData =
  | { readonly kind: 'file'; readonly pin: Pin; readonly hashed: HashedFile; readonly origin: string }
  | { readonly kind: 'tree'; readonly pin: Pin; readonly hashed: HashedTree; readonly origin: string };

export interface LockedData {
  readonly pins: Record<string, Pin>;
  readonly local: Readonly<Record<string, LocalData>>;
}

/** Asks the catalogue for one version of a dataset; undefined when it has none. */
export type FindDataset = (ref: string) => Promise<Pin | undefined>;

/** What every name under `data` is, byte by byte. A version of a dataset never changes, so an earlier lock's word for it stands. */
export async function lockData(
  experiment: Experiment,
  earlier: Lock | undefined,
  findDataset: FindDataset,
  problems: Problem[],
  options: LockOptions,
): Promise<LockedData> {
  const pins: Record<string, Pin> = {};
  const local: Record<string, LocalData> = {};
  for (const [name, data] of Object.entries(experiment.blueprint.data ?? {})) {
    if ('dataset' in data) {
      const known = Object.values(earlier?.data ?? {}).find(({ dataset }) => dataset === data.dataset);
      const pin = known ?? (await findDataset(data.dataset));
      if (pin) pins[name] = pin;
      else problems.push(unknownDataset(experiment, name, data.dataset));
      continue;
    }
    const found = await hashLocal(experiment, name, data, problems, options);
    if (found === undefined) continue;
    local[name] = found;
    pins[name] = found.pin;
  }
  return { pins, local };
}

async function hashLocal(
  experiment: Experiment,
  name: string,
  data: Extract<Declared, { readonly path: string }>,
  problems: Problem[],
  { signal, onProgress, cache }: LockOptions,
): Promise<LocalData | undefined> {
  const report = (problem: Problem) => {
    const field = problem.field === '' ? `data.${name}.path` : `data.${name}.path: ${problem.field}`;
    problems.push(placed(experiment, ['data', name, 'path'], { ...problem, field }));
  };
  const at = join(experiment.folder, data.path);
  const outside = await leadsOut(experiment.folder, at);
  if (outside) {
    const fix = 'copy it here, or add it as a dataset: `holdfast dataset add`';
    const message = 'leads out of the folder of the blueprint';
    return void report({ code: 'LINK_OUTSIDE', field: '', message, found: data.path, fix });
  }
  const isFolder = await stat(at).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const format = data.format ?? formatOf(data.path, isFolder);
  const hashing = { ...(signal ? { signal } : {}), ...(cache ? { cache } : {}) };
  if (format === 'tree') {
    const { hashed, problems: found } = await hashTree(at, {
      ...hashing,
      onProgress: (progress) => onProgress?.(data.path, progress),
    });
    found.forEach(report);
    if (hashed === undefined) return undefined;
    return { kind: 'tree', hashed, pin: pinOf(experiment, name, format, hashed), origin: data.path };
  }
  let done = 0;
  const bytesTotal = await stat(at).then(
    (found) => found.size,
    () => 0,
  );
  const onBytes = (bytes: number) =>
    onProgress?.(data.path, { bytesDone: (done += bytes), bytesTotal, filesTotal: 1 });
  const { hashed, problem } = await hashFile(at, { ...hashing, onBytes });
  if (problem) report(isFolder ? { ...problem, fix: 'say format: tree' } : { ...problem, found: data.path });
  if (hashed === undefined) return undefined;
  return { kind: 'file', hashed, pin: pinOf(experiment, name, format, hashed), origin: data.path };
}

/** A link may lead elsewhere in the folder; what lies beyond is somebody else's, whoever wrote the link. */
async function leadsOut(folder: string, at: string): Promise<boolean> {
  const [top, target] = await Promise.all([realpath(folder), realpath(at).catch(() => undefined)]);
  return target !== undefined && target !== top && !target.startsWith(top.endsWith(sep) ? top : top + sep);
}

const formatOf = (path: string, isFolder: boolean): DataFormat =>
  isFolder ? 'tree' : /\.csv$/i.test(path) ? 'csv' : 'file';

/** Named by its content, so that the same bytes have the same name on every server and the lock needs none to be written. */
const pinOf = (
  { name: blueprint }: Experiment,
  data: string,
  format: DataFormat,
  { digest, sizeBytes }: { readonly digest: Digest; readonly sizeBytes: number },
): Pin => ({
  dataset: `${slugOf(`${blueprint}-${data}`, 50)}-${digest.slice('sha256:'.length, 'sha256:'.length + 12)}@1`,
  digest,
  format,
  sizeBytes,
});

const unknownDataset = (experiment: Experiment, name: string, found: string): Problem =>
  placed(experiment, ['data', name, 'dataset'], {
    code: 'DATASET_UNKNOWN',
    field: `data.${name}.dataset`,
    message: `is not in the catalogue of ${experiment.namespace}`,
    found,
    fix: `add it: \`holdfast dataset add ${found.replace(/@.*/, '')} FILE -n ${experiment.namespace}\``,
  });
