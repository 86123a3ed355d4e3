import { assertNoProblems, isDigest, type Digest, type Json, type Problem } from '#kernel';
import { canonicalBytes, parseTree, treeSizeBytes } from '#evidence';
import type { registry } from '#contracts';
import { grammars } from '#domain/declaration';
import { datasetStream, profileCsv, type DatasetAbout, type DatasetCommand } from '#domain/dataset';
import { dataFormats, type DataFormat } from '#domain/manifest';
import type { ArtifactStore } from '#artifact-store';
import type { CallContext } from '#platform';
import { carriedOut, withReason } from '#runtime';
import {
  commandContext,
  largestTreeBytes,
  missingBlobProblems,
  nameProblems,
  namespaceOf,
  reasonProblems,
  textFieldProblems,
} from '#service';
import { datasetId } from './dataset-ref.js';
import { describedBy, toDatasetVersion } from './dataset.mapper.js';
import { datasetProjection } from './dataset.projection.js';
import type { Registry } from './registry.js';

const mostParents = 100;
const longestTextChars = 10_000;
const texts = ['description', 'origin', 'license', 'transformation'] as const;

/**
 * Keeps a version of a dataset whose bytes are here already; a CSV is looked through first.
 * @throws DATASET_INVALID with every problem of the request, then of the bytes
 */
export async function addDatasetVersion(
  registry: Registry,
  request: registry.AddDatasetVersionRequest,
  context: CallContext,
): Promise<registry.AddDatasetVersionResponse> {
  const { people, engines } = registry.runtime;
  const { artifacts, eventStore } = engines;
  const namespace = namespaceOf(request.namespace);
  assertNoProblems(
    [...shapeProblems(request, namespace), ...(await parentProblems(registry, namespace, request, context))],
    'DATASET_INVALID',
  );
  const [digest, format] = [request.digest as Digest, request.format as DataFormat];
  const what = { digest, kind: format === 'tree' ? 'tree' : 'file', what: 'digest' } as const;
  assertNoProblems(await missingBlobProblems(artifacts, [what]), 'DATASET_INVALID');
  const { name } = request;
  const command: DatasetCommand = {
    type: 'AddDatasetVersion',
    namespace,
    name,
    digest,
    format,
    ...(await contentOf(artifacts, digest, format)),
    about: aboutOf(request),
    at: context.receivedAt,
  };
  const stream = datasetStream(namespace, name);
  await registry.datasets.execute(stream, command, commandContext(context, request.reason));
  const done = await carriedOut(eventStore, datasetProjection, stream, context.commandId);
  const version = done.documents.find((known) => known.digest === digest && known.format === format);
  return {
    version:
      version && toDatasetVersion(await withReason(people, version), await describedBy(artifacts, version)),
    created: done.changed,
    position: done.position,
  };
}

function shapeProblems(request: registry.AddDatasetVersionRequest, namespace: string): readonly Problem[] {
  const formats: readonly string[] = dataFormats;
  const { code, rule, fix } = grammars.digest;
  const found = (text: string) => text.slice(0, 120);
  const problem = (code: string, field: string, message: string, text: string, fix: string): Problem[] => [
    { code, field, message, found: found(text), fix },
  ];
  return [
    ...nameProblems('namespace', namespace),
    ...nameProblems('name', request.name),
    ...(isDigest(request.digest) ? [] : problem(code, 'digest', rule, request.digest, fix)),
    ...(formats.includes(request.format)
      ? []
      : problem('FORMAT_UNKNOWN', 'format', `is one of ${formats.join(', ')}`, request.format, 'choose one')),
    ...reasonProblems(request.reason),
    ...texts.flatMap((field) =>
      request[field].length > longestTextChars
        ? problem('TEXT_TOO_LONG', field, `has more than ${longestTextChars} characters`, '', 'shorten it')
        : textFieldProblems(field, request[field]),
    ),
    ...(request.transformation !== '' && request.parents.length === 0
      ? problem('PARENTS_NONE', 'parents', 'a transformation is of something', '', 'name the parents')
      : []),
  ];
}

/** A parent is a version that is there. */
async function parentProblems(
  { runtime, views }: Registry,
  namespace: string,
  { parents }: registry.AddDatasetVersionRequest,
  context: CallContext,
): Promise<readonly Problem[]> {
  if (parents.length === 0) return [];
  if (parents.length > mostParents)
    return [{ code: 'TOO_MANY', field: 'parents', message: `at most ${mostParents}`, fix: 'name fewer' }];
  const { code, pattern, rule, fix } = grammars.datasetVersion;
  await runtime.reached(context);
  const written = parents.filter((ref) => pattern.test(ref));
  const known = await views.datasets.getMany(written.map((ref) => datasetId(namespace, ref)));
  const ids = new Set(known.map(({ id }) => id));
  return parents.flatMap((ref, index): Problem[] => {
    const [field, found] = [`parents[${index}]`, ref.slice(0, 120)];
    if (!pattern.test(ref)) return [{ code, field, message: rule, found, fix }];
    if (ids.has(datasetId(namespace, ref))) return [];
    const message = 'is not in the catalogue';
    return [{ code: 'DATASET_UNKNOWN', field, message, found, fix: 'add it first' }];
  });
}

async function contentOf(artifacts: ArtifactStore, digest: Digest, format: DataFormat) {
  if (format === 'tree')
    return { sizeBytes: treeSizeBytes(parseTree(await artifacts.read(digest, largestTreeBytes))) };
  const sizeBytes = (await artifacts.stat(digest))?.sizeBytes ?? 0;
  if (format === 'file') return { sizeBytes };
  const found = await profileCsv(artifacts.get(digest));
  const keep = async (value: object) => {
    const blob = await artifacts.put(canonicalBytes(value as Json));
    return { digest: blob.digest, sizeBytes: blob.sizeBytes };
  };
  const [schema, profile] = await Promise.all([keep(found.schema), keep(found.profile)]);
  return { sizeBytes, schema, profile };
}

function aboutOf(request: registry.AddDatasetVersionRequest): DatasetAbout {
  const said = texts.flatMap((field) => (request[field] === '' ? [] : [[field, request[field]] as const]));
  return {
    ...(Object.fromEntries(said) as DatasetAbout),
    ...(request.parents.length === 0 ? {} : { parents: [...request.parents] }),
  };
}
