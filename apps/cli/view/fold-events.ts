import { fold, type Decider, type Json } from '#kernel';
import type { common } from '#contracts';
import {
  artifactCodec,
  baselineCodec,
  blueprintCodec,
  bundleCodec,
  datasetCodec,
  driftCodec,
  environmentCodec,
  executorCodec,
  knobCodec,
  reproductionCodec,
  runCodec,
  sweepCodec,
  type EventCodec,
} from '#contracts/stored';
import { artifact } from '#domain/artifact';
import { baseline } from '#domain/baseline';
import { blueprint } from '#domain/blueprint';
import { bundle } from '#domain/bundle';
import { dataset } from '#domain/dataset';
import { drift } from '#domain/drift';
import { environment } from '#domain/environment';
import { executor } from '#domain/executor';
import { knob } from '#domain/knob';
import { reproduction } from '#domain/reproduction';
import { run } from '#domain/run';
import { sweep } from '#domain/sweep';

type Fold = (events: readonly common.Event[]) => Json;

const by =
  <State, Event extends { readonly type: string }>(
    codec: EventCodec<Event>,
    decider: Pick<Decider<never, State, Event>, 'initial' | 'evolve'>,
  ): Fold =>
  (events) =>
    fold(
      decider as Decider<never, State, Event>,
      events.map(({ type, envelope }) => codec.decode(type, envelope).event),
    ) as Json;

/** By kind of stream; what happened is all there is, so the state is computed here, by the code that the services use. */
const folds: Readonly<Record<string, Fold>> = {
  artifact: by(artifactCodec, artifact),
  baseline: by(baselineCodec, baseline),
  blueprint: by(blueprintCodec, blueprint),
  bundle: by(bundleCodec, bundle),
  dataset: by(datasetCodec, dataset),
  drift: by(driftCodec, drift),
  environment: by(environmentCodec, environment),
  executor: by(executorCodec, executor),
  knob: by(knobCodec, knob),
  reproduction: by(reproductionCodec, reproduction),
  run: by(runCodec, run),
  sweep: by(sweepCodec, sweep),
};

/** The state of a subject after these events of its stream; undefined for a kind that has none. */
export const stateAfter = (kind: string, events: readonly common.Event[]): Json | undefined =>
  Object.hasOwn(folds, kind) ? folds[kind]?.(events) : undefined;
