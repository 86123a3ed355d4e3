import { assertNoProblems, type Problem } from '#kernel';
import { canonicalBytes, parseJson } from '#evidence';
import type { registry } from '#contracts';
import {
  blueprintStream,
  blueprintVersion,
  checkDocument,
  checkLock,
  splitName,
  type BlueprintCommand,
} from '#domain/blueprint';
import type { CallContext } from '#platform';
import { toBlueprint } from './blueprint.mapper.js';
import { blueprintProjection } from './blueprint.projection.js';
import { carriedOut, withReason } from '#runtime';
import { commandContext, problemsOf, reasonProblems } from '#service';
import type { Registry } from './registry.js';

const maxBytes = 2 ** 20;

/**
 * Keeps a version of a blueprint: its document and lock become blobs, their content address a fact. Whether the catalogue knows what
 * it names is asked when it is resolved.
 * @throws BLUEPRINT_INVALID with every problem of the request
 */
export async function declareBlueprint(
  { runtime, blueprints }: Registry,
  request: registry.DeclareBlueprintRequest,
  context: CallContext,
): Promise<registry.DeclareBlueprintResponse> {
  const { artifacts, eventStore } = runtime.engines;
  const { blueprint, document, lock } = read(request);
  const { namespace, name } = splitName(blueprint.blueprint);
  const blobs = await Promise.all([
    artifacts.put(canonicalBytes(document)),
    artifacts.put(canonicalBytes(lock)),
    ...(request.source === undefined ? [] : [artifacts.put(request.source)]),
  ]);
  const [documentBlob, lockBlob, sourceBlob] = blobs.map(({ digest, sizeBytes }) => ({ digest, sizeBytes }));
  if (documentBlob === undefined || lockBlob === undefined) throw new Error('both were put');
  const command: BlueprintCommand = {
    type: 'DeclareBlueprintVersion',
    namespace,
    name,
    version: blueprintVersion(document, lock),
    document: documentBlob,
    lock: lockBlob,
    ...(sourceBlob === undefined ? {} : { source: sourceBlob }),
    why: blueprint.why,
    at: context.receivedAt,
  };
  const stream = blueprintStream(namespace, name);
  await blueprints.execute(stream, command, commandContext(context, request.reason));
  const done = await carriedOut(eventStore, blueprintProjection, stream, context.commandId);
  const declared = done.documents.find(({ version }) => version === command.version);
  return {
    blueprint: declared && toBlueprint(await withReason(runtime.people, declared)),
    created: done.changed,
    position: done.position,
  };
}

function read(request: registry.DeclareBlueprintRequest) {
  const { value: document, problems: unreadable } = problemsOf(() =>
    parseJson(request.document, { maxBytes, file: 'document' }),
  );
  const checked = document === undefined ? { problems: unreadable } : checkDocument(document);
  const { lock, problems: ofLock } = checkLock(request.lock);
  const blueprint = 'blueprint' in checked ? checked.blueprint : undefined;
  assertNoProblems(
    [
      ...reasonProblems(request.reason),
      ...checked.problems,
      ...ofLock,
      ...otherNamespace(request.namespace, blueprint?.blueprint),
      ...sourceProblems(request.source),
      ...(blueprint && lock && lock.blueprint !== blueprint.blueprint ? [staleLock(lock.blueprint)] : []),
    ],
    'BLUEPRINT_INVALID',
  );
  if (document === undefined || blueprint === undefined || lock === undefined)
    throw new Error('what has no problem was read');
  return { document, blueprint, lock };
}

/** The namespace may be left out of the request: the document has it. */
function otherNamespace(requested: string, declared: string | undefined): readonly Problem[] {
  if (requested === '' || declared === undefined || splitName(declared).namespace === requested) return [];
  const found = requested.slice(0, 120);
  const message = `the blueprint is ${declared}`;
  return [{ code: 'NAMESPACE_DIFFERS', field: 'namespace', message, found, fix: 'change one of the two' }];
}

const sourceProblems = (source: Uint8Array | undefined): readonly Problem[] =>
  source === undefined || source.length <= maxBytes
    ? []
    : [
        {
          code: 'TOO_LARGE',
          field: 'source',
          message: `has more than ${maxBytes} bytes`,
          fix: 'leave it out',
        },
      ];

const staleLock = (found: string): Problem => ({
  code: 'LOCK_STALE',
  field: 'blueprint',
  message: 'the lock is of another blueprint',
  found,
  fix: 'run `holdfast lock`',
});
