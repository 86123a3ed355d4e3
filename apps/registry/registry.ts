import {
  blueprint,
  type BlueprintCommand,
  type BlueprintEvent,
  type BlueprintState,
} from '#domain/blueprint';
import { dataset, type DatasetCommand, type DatasetEvent, type DatasetState } from '#domain/dataset';
import {
  environment,
  type EnvironmentCommand,
  type EnvironmentEvent,
  type EnvironmentState,
} from '#domain/environment';
import { knob, type KnobCommand, type KnobEvent, type KnobState } from '#domain/knob';
import { blueprintCodec, datasetCodec, environmentCodec, knobCodec } from '#contracts/stored';
import { oneThingAKey, type CommandHandler, type ServiceRuntime, type Uploads, type View } from '#runtime';
import { blueprintProjection, type BlueprintDocument } from './blueprint.projection.js';
import { datasetProjection, type DatasetDocument } from './dataset.projection.js';
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
  readonly datasets: CommandHandler<DatasetCommand, DatasetState, DatasetEvent>;
  readonly environments: CommandHandler<EnvironmentCommand, EnvironmentState, EnvironmentEvent>;
  readonly views: {
    readonly blueprints: View<BlueprintDocument>;
    readonly knobs: View<KnobDocument>;
    readonly datasets: View<DatasetDocument>;
    readonly environments: View<EnvironmentDocument>;
  };
}

/** What the registry does, as a table: streams it writes, models it keeps, events it tells of. */
export function openRegistry(runtime: ServiceRuntime, uploads: Uploads): Registry {
  runtime.relay(
    { blueprint: blueprintCodec, knob: knobCodec, dataset: datasetCodec, environment: environmentCodec },
    toPublic,
  );
  const once = oneThingAKey();
  return {
    runtime,
    uploads,
    blueprints: once(runtime.commands(blueprint, blueprintCodec)),
    knobs: once(runtime.commands(knob, knobCodec)),
    datasets: once(runtime.commands(dataset, datasetCodec)),
    environments: once(runtime.commands(environment, environmentCodec)),
    views: {
      blueprints: runtime.project(blueprintProjection),
      knobs: runtime.project(knobProjection),
      datasets: runtime.project(datasetProjection),
      environments: runtime.project(environmentProjection),
    },
  };
}
