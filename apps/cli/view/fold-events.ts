import { fold, type Decider, type Json } from '#kernel';
import type { common } from '#contracts';
import {
  baselineCodec,
  blueprintCodec,
  bundleCodec,
  datasetCodec,
  environmentCodec,
  knobCodec,
  reproductionCodec,
  sweepCodec,
  type EventCodec,
} from '#contracts/stored';
import { baseline } from '#domain/baseline';
import { blueprint } from '#domain/blueprint';
import { bundle } from '#domain/bundle';
import { dataset } from '#domain/dataset';
import { environment } from '#domain/environment';
import { knob } from '#domain/knob';
import { reproduction } from '#domain/reproduction';
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
  baseline: by(baselineCodec, baseline),
  blueprint: by(blueprintCodec, blueprint),
  bundle: by(bundleCodec, bundle),
  dataset: by(datasetCodec, dataset),
  environment: by(environmentCodec, environment),
  knob: by(knobCodec, knob),
  reproduction: by(reproductionCodec, reproduction),
  sweep: by(sweepCodec, sweep),
};

/** The state of a subject after these events of its stream; undefined for a kind that has none. */
export const stateAfter = (kind: string, events: readonly common.Event[]): Json | undefined =>
  Object.hasOwn(folds, kind) ? folds[kind]?.(events) : undefined;
