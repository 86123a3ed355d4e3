import type { JsonObject } from '#kernel';
import type { ProjectedEvent, PublicEvent } from '#runtime';

/** Public type of each stored one; what is not here stays private. */
const publicTypes: Readonly<Record<string, string>> = {
  BlueprintVersionDeclared: 'holdfast.blueprint.version-declared.v1',
  KnobDeclared: 'holdfast.knob.declared.v1',
  KnobRevised: 'holdfast.knob.revised.v1',
  KnobRetired: 'holdfast.knob.retired.v1',
  DatasetVersionAdded: 'holdfast.dataset.version-added.v1',
  EnvironmentRegistered: 'holdfast.environment.registered.v1',
  EnvironmentDescribed: 'holdfast.environment.described.v1',
};

/** Facts that others may need; declarations, profiles and locations are asked for over gRPC. */
const publicFields = ['namespace', 'name', 'number', 'version', 'previous', 'revision', 'digest', 'format'];

export function toPublic({ type, data, revision }: ProjectedEvent): PublicEvent | undefined {
  const publicType = Object.hasOwn(publicTypes, type) ? publicTypes[type] : undefined;
  if (publicType === undefined) return undefined;
  const { knob, environment, digest } = (data['declaration'] ?? {}) as JsonObject;
  const facts = { ...data, name: data['name'] ?? knob ?? environment, digest: data['digest'] ?? digest };
  const known = Object.entries(facts).filter(
    ([field, value]) => publicFields.includes(field) && value !== undefined,
  );
  return { type: publicType, data: { ...Object.fromEntries(known), streamRevision: revision } };
}
