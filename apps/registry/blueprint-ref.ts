import { assertNoProblems, DomainError, isDigest, type Digest } from '#kernel';
import { grammars } from '#domain/declaration';
import { blueprintStream } from '#domain/blueprint';
import type { View } from '#runtime';
import type { BlueprintDocument } from './blueprint.projection.js';
import { namespaceOf } from '#service';
import { versionId } from './version-order.js';

export interface BlueprintRef {
  readonly namespace: string;
  readonly name: string;
  /** Absent: the newest. */
  readonly version?: Digest | number;
}

/**
 * Reads NAME, NAME@NUMBER or NAME@sha256:…, with NAMESPACE/ before it or not.
 * @throws BLUEPRINT_REF_INVALID
 */
export function parseBlueprintRef(ref: string, namespace: string): BlueprintRef {
  const [, given, name = '', version] = /^(?:([^/@]*)\/)?([^/@]*)(?:@(.*))?$/s.exec(ref) ?? [];
  const inside = given ?? namespaceOf(namespace);
  const named = grammars.slug.pattern.test(inside) && grammars.slug.pattern.test(name);
  if (named && version === undefined) return { namespace: inside, name };
  if (named && isDigest(version)) return { namespace: inside, name, version };
  if (named && version !== undefined && /^[1-9]\d{0,8}$/.test(version))
    return { namespace: inside, name, version: Number(version) };
  assertNoProblems(
    [
      {
        code: 'BLUEPRINT_REF_INVALID',
        field: 'ref',
        message:
          'a blueprint is NAME, NAME@NUMBER or NAME@sha256:…, with NAMESPACE/ before it when it is of another',
        found: ref.slice(0, 120),
        fix: 'write it like default/species@2',
      },
    ],
    'BLUEPRINT_REF_INVALID',
  );
  throw new Error('unreachable');
}

/** @throws BLUEPRINT_NOT_FOUND */
export async function findBlueprint(
  view: View<BlueprintDocument>,
  { namespace, name, version }: BlueprintRef,
): Promise<BlueprintDocument> {
  const where = [
    { field: 'namespace', is: namespace },
    { field: 'name', is: name },
    ...(typeof version === 'string' ? [{ field: 'version', is: version }] : []),
  ];
  const found =
    typeof version === 'number'
      ? await view.get(versionId(blueprintStream(namespace, name), version))
      : (await view.query({ where, sort: { field: 'order', direction: 'desc' }, limit: 1 }))[0];
  if (found !== undefined) return found;
  const which = version === undefined ? '' : `@${version}`;
  const message = `there is no blueprint ${namespace}/${name}${which}; \`holdfast blueprint list\` shows what there is`;
  throw new DomainError('not-found', 'BLUEPRINT_NOT_FOUND', message);
}
