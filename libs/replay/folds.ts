import type { Decider, Json } from '#kernel';
import {
  accessCodec,
  artifactCodec,
  auditCodec,
  baselineCodec,
  blueprintCodec,
  bundleCodec,
  datasetCodec,
  disposalCodec,
  driftCodec,
  editionCodec,
  environmentCodec,
  executorCodec,
  holdCodec,
  knobCodec,
  personCodec,
  reproductionCodec,
  retentionCodec,
  reviewCodec,
  runCodec,
  signatureCodec,
  signerCodec,
  sweepCodec,
  type EventCodec,
} from '#contracts/stored';
import { access } from '#domain/access';
import { artifact } from '#domain/artifact';
import { audit } from '#domain/audit';
import { baseline } from '#domain/baseline';
import { blueprint } from '#domain/blueprint';
import { bundle } from '#domain/bundle';
import { dataset } from '#domain/dataset';
import { disposal } from '#domain/disposal';
import { drift } from '#domain/drift';
import { edition } from '#domain/edition';
import { environment } from '#domain/environment';
import { executor } from '#domain/executor';
import { hold } from '#domain/hold';
import { knob } from '#domain/knob';
import { person } from '#domain/person';
import { reproduction } from '#domain/reproduction';
import { retention } from '#domain/retention';
import { review } from '#domain/review';
import { run } from '#domain/run';
import { signature, signerKey } from '#domain/signature';
import { sweep } from '#domain/sweep';

/** What the events of one stream add up to, event by event. */
export interface Fold {
  /** The next event, by its stored bytes. @throws UNKNOWN_EVENT for a type or version that this release does not know */
  add(type: string, bytes: Uint8Array): void;
  state(): Json;
}

const by =
  <State, Event extends { readonly type: string }>(
    codec: EventCodec<Event>,
    { initial, evolve }: Pick<Decider<never, State, Event>, 'initial' | 'evolve'>,
  ) =>
  (): Fold => {
    let state = initial;
    return {
      add(type, bytes) {
        state = evolve(state, codec.decode(type, bytes).event);
      },
      state: () => JSON.parse(JSON.stringify(state, listed)) as Json,
    };
  };

/** JSON has no sets. */
const listed = (_: string, value: unknown): unknown => (value instanceof Set ? [...value] : value);

/** By kind of stream: the code that the services themselves decide by. */
const folds: Readonly<Record<string, () => Fold>> = {
  access: by(accessCodec, access),
  artifact: by(artifactCodec, artifact),
  audit: by(auditCodec, audit),
  baseline: by(baselineCodec, baseline),
  blueprint: by(blueprintCodec, blueprint),
  bundle: by(bundleCodec, bundle),
  dataset: by(datasetCodec, dataset),
  disposal: by(disposalCodec, disposal),
  drift: by(driftCodec, drift),
  edition: by(editionCodec, edition),
  environment: by(environmentCodec, environment),
  executor: by(executorCodec, executor),
  hold: by(holdCodec, hold),
  knob: by(knobCodec, knob),
  person: by(personCodec, person),
  reproduction: by(reproductionCodec, reproduction),
  retention: by(retentionCodec, retention),
  review: by(reviewCodec, review),
  run: by(runCodec, run),
  signature: by(signatureCodec, signature),
  signer: by(signerCodec, signerKey),
  sweep: by(sweepCodec, sweep),
};

/** Undefined for a kind of stream that no state is known of. */
export const openFold = (kind: string): Fold | undefined =>
  Object.hasOwn(folds, kind) ? folds[kind]?.() : undefined;
