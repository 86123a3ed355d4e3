import type { Json, Problem } from '#kernel';
import { canonicalBytes } from '#evidence';
import type { registry } from '#contracts';
import { resolve } from '#domain/blueprint';
import {
  placeBlob,
  reproducibilityKey,
  requiredBlobs,
  withHiddenPlace,
  type Manifest,
} from '#domain/manifest';
import type { ArtifactStore } from '#artifact-store';
import type { CallContext } from '#platform';
import { toProblem } from '#rpc';
import { missingBlobProblems, problemsOf, readOverrides } from '#service';
import { toBlueprint } from './blueprint.mapper.js';
import { findBlueprint, parseBlueprintRef } from './blueprint-ref.js';
import { askCatalogue } from './catalogue.query.js';
import { readDeclared } from './read-declared.js';
import type { Registry } from './registry.js';

/**
 * The manifest of a declared blueprint, or everything that prevents it: what the catalogue does not know, values it does not take,
 * bytes that are not here. Changes nothing.
 * @throws BLUEPRINT_NOT_FOUND, BLUEPRINT_REF_INVALID
 */
export async function resolveBlueprint(
  registry: Registry,
  request: registry.ResolveRequest,
  context: CallContext,
): Promise<registry.ResolveResponse> {
  const { runtime, views } = registry;
  const { artifacts } = runtime.engines;
  const ref = parseBlueprintRef(request.ref, request.namespace);
  const { value: overrides, problems: unreadable } = problemsOf(() => readOverrides(request.overrides));
  await runtime.reached(context);
  // Why it was declared is not asked for here, and costs nothing.
  const declared = { ...(await findBlueprint(views.blueprints, ref)), reason: '' };
  const { document, lock, blueprint, problems: outdated } = await readDeclared(artifacts, declared);
  const refused = (problems: readonly Problem[]): registry.ResolveResponse => ({
    manifest: Buffer.alloc(0),
    reproducibilityKey: '',
    problems: problems.map(toProblem),
    blueprint: toBlueprint(declared),
  });
  // Declared under a release that asked for less.
  if (blueprint === undefined) return refused([...unreadable, ...outdated]);
  const answers = await askCatalogue(registry, ref.namespace, blueprint, lock);
  const { manifest, problems } = resolve({ blueprint, document, lock, answers, overrides: overrides ?? {} });
  const lacking =
    manifest === undefined ? [] : await missingBlobProblems(runtime.lately, requiredBlobs(manifest));
  if (manifest === undefined || unreadable.length + lacking.length > 0)
    return refused([...unreadable, ...problems, ...lacking]);
  const placed = await hidePlace(artifacts, manifest);
  return {
    manifest: Buffer.from(canonicalBytes(placed as unknown as Json)),
    reproducibilityKey: reproducibilityKey(manifest),
    problems: [],
    blueprint: toBlueprint(declared),
  };
}

/** A manifest goes into bundles; where something lies on a host does not. */
async function hidePlace(artifacts: ArtifactStore, manifest: Manifest): Promise<Manifest> {
  const { location } = manifest.declared.environment;
  if (location === undefined) return manifest;
  const { digest } = await artifacts.put(placeBlob(location));
  return withHiddenPlace(manifest, digest);
}
