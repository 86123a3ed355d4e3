import {
  blueprint,
  type BlueprintCommand,
  type BlueprintEvent,
  type BlueprintState,
} from '#domain/blueprint';
import {
  environment,
  type EnvironmentCommand,
  type EnvironmentEvent,
  type EnvironmentState,
} from '#domain/environment';
import { knob, type KnobCommand, type KnobEvent, type KnobState } from '#domain/knob';
import { blueprintCodec, environmentCodec, knobCodec } from '#contracts/stored';
import type { CommandHandler, ServiceRuntime, Uploads, View } from '#runtime';
import { blueprintProjection, type BlueprintDocument } from './blueprint.projection.js';
import { environmentProjection, type EnvironmentDocument } from './environment.projection.js';
import { knobProjection, type KnobDocument } from './knob.projection.js';
import { toPublic } from './outbound.js';

/** Token of the one {@link Registry} of a module. */
export const REGISTRY = Symbol('Registry');

/** Everything the controllers work with. */
export interface Registry {
  readonly runtime: ServiceRuntime;
  readonly uploads: Uploads;
  readonly blueprints: CommandHandler<BlueprintCommand, BlueprintState, BlueprintEvent>;
  readonly knobs: CommandHandler<KnobCommand, KnobState, KnobEvent>;
  readonly environments: CommandHandler<EnvironmentCommand, EnvironmentState, EnvironmentEvent>;
  readonly views: {
    readonly blueprints: View<BlueprintDocument>;
    readonly knobs: View<KnobDocument>;
    readonly environments: View<EnvironmentDocument>;
  };
}

/** What the registry does, as a table: streams it writes, models it keeps, events it tells of. */
export function openRegistry(runtime: ServiceRuntime, uploads: Uploads): Registry {
  runtime.relay(['blueprint', 'knob', 'dataset', 'environment'], toPublic);
  return {
    runtime,
    uploads,
    blueprints: runtime.commands(blueprint, blueprintCodec),
    knobs: runtime.commands(knob, knobCodec),
    environments: runtime.commands(environment, environmentCodec),
    views: {
      blueprints: runtime.project(blueprintProjection),
      knobs: runtime.project(knobProjection),
      environments: runtime.project(environmentProjection),
    },
  };
}
