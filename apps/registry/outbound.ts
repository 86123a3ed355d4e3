import type { JsonObject } from '#kernel';
import { publisher, type Published } from '#contracts/public';

/** Declarations, profiles and locations are asked for over gRPC. */
export const published: Published = {
  BlueprintVersionDeclared: [
    'holdfast.blueprint.version-declared.v1',
    ...(['namespace', 'name', 'number', 'version', 'previous'] as const),
  ],
  KnobDeclared: ['holdfast.knob.declared.v1', 'namespace', 'name', 'revision'],
  KnobRevised: ['holdfast.knob.revised.v1', 'name', 'revision'],
  KnobRetired: ['holdfast.knob.retired.v1', 'revision'],
  DatasetVersionAdded: [
    'holdfast.dataset.version-added.v1',
    ...(['namespace', 'name', 'number', 'digest', 'format'] as const),
  ],
  EnvironmentRegistered: [
    'holdfast.environment.registered.v1',
    ...(['namespace', 'name', 'number', 'digest'] as const),
  ],
  EnvironmentDescribed: ['holdfast.environment.described.v1', 'name', 'number', 'digest'],
};

/** What a knob or an environment is called is in its declaration. */
function derived({ declaration }: JsonObject): JsonObject {
  if (declaration === undefined) return {};
  const { knob, environment, digest } = declaration as JsonObject;
  return { name: knob ?? environment ?? null, ...(digest === undefined ? {} : { digest }) };
}

export const toPublic = publisher(published, derived);
