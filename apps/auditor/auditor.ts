import type { Chance, Clock } from '#kernel';
import {
  accessCodec,
  auditCodec,
  baselineCodec,
  driftCodec,
  holdCodec,
  personCodec,
  reviewCodec,
  signatureCodec,
  signerCodec,
} from '#contracts/stored';
import { access } from '#domain/access';
import type { AuditCommand, AuditEvent, AuditState } from '#domain/audit';
import { baseline, type BaselineCommand, type BaselineEvent, type BaselineState } from '#domain/baseline';
import { drift } from '#domain/drift';
import { hold, type HoldCommand, type HoldEvent, type HoldState } from '#domain/hold';
import { person, type PersonCommand, type PersonEvent, type PersonState } from '#domain/person';
import { review, type ReviewCommand, type ReviewEvent, type ReviewState } from '#domain/review';
import {
  signature,
  signerKey,
  type SignatureCommand,
  type SignatureEvent,
  type SignatureState,
  type SignerKeyCommand,
  type SignerKeyEvent,
  type SignerKeyState,
} from '#domain/signature';
import type { CallContext } from '#platform';
import type { Peer } from '#service';
import { oneThingAKey, positionToken, type CommandHandler, type ServiceRuntime, type View } from '#runtime';
import { openAccessRecords, type AccessRecords } from './access/record-access.js';
import { baselineProjection, type BaselineDocument } from './baselines/baseline.projection.js';
import { driftProjection, type DriftDocument } from './drift/drift.projection.js';
import { driftReactor } from './drift/drift.reactor.js';
import { historyProjection, type HistoryDocument } from './history/history.projection.js';
import { holdProjection, type HoldDocument } from './holds/hold.projection.js';
import type { AuditLog } from './log/audit-log.js';
import { toPublic } from './outbound.js';
import { eraseReactor } from './people/forget-erased.js';
import { personProjection, type PersonDocument } from './people/person.projection.js';
import { reviewProjection, type ReviewDocument } from './reviews/review.projection.js';
import { runsProjection, type RunDocument } from './runs.projection.js';
import {
  signatureProjection,
  type SignatureDocument,
  type SigningKeyDocument,
} from './signatures/signature.projection.js';
import { auditProjection, type AuditDocument } from './verification/audit.projection.js';
import type { AuditedPlaces } from './verification/verified-log.js';

/** Token of the one {@link Auditor} of a module. */
export const AUDITOR = Symbol('Auditor');

/** What the auditor is given beside its runtime. */
export interface AuditorParts {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly audits: CommandHandler<AuditCommand, AuditState, AuditEvent>;
  /** Every event, sequenced and signed for. */
  readonly log: AuditLog;
  /** What verifications compare. */
  readonly audited: AuditedPlaces;
  /** Repeats runs; undefined where nobody said where it is. */
  readonly provenance: Peer | undefined;
}

/** Everything the controllers work with. */
export interface Auditor extends AuditorParts {
  readonly runtime: ServiceRuntime;
  readonly baselines: CommandHandler<BaselineCommand, BaselineState, BaselineEvent>;
  readonly holds: CommandHandler<HoldCommand, HoldState, HoldEvent>;
  /** Who was named and erased; their names are in `runtime.people`. */
  readonly persons: CommandHandler<PersonCommand, PersonState, PersonEvent>;
  readonly reviews: CommandHandler<ReviewCommand, ReviewState, ReviewEvent>;
  readonly signatures: CommandHandler<SignatureCommand, SignatureState, SignatureEvent>;
  /** Whose each key is. */
  readonly signerKeys: CommandHandler<SignerKeyCommand, SignerKeyState, SignerKeyEvent>;
  /** That somebody reads the trail. */
  readonly access: AccessRecords;
  readonly views: {
    readonly history: View<HistoryDocument>;
    readonly runs: View<RunDocument>;
    readonly baselines: View<BaselineDocument>;
    readonly drifts: View<DriftDocument>;
    readonly audits: View<AuditDocument>;
    readonly holds: View<HoldDocument>;
    readonly people: View<PersonDocument>;
    readonly reviews: View<ReviewDocument>;
    readonly signatures: View<SignatureDocument | SigningKeyDocument>;
  };
  /**
   * Waits until these read models hold everything that was appended before the call, by whomever.
   * @throws NOT_CAUGHT_UP, BAD_POSITION
   */
  upToDate(context: CallContext, projections: readonly string[]): Promise<void>;
}

/** What the auditor does, as a table: streams it writes, models it keeps, what it reacts to, events it tells of. */
export function openAuditor(runtime: ServiceRuntime, parts: AuditorParts): Auditor {
  const { clock } = parts;
  const views = {
    history: runtime.project(historyProjection),
    runs: runtime.project(runsProjection),
    baselines: runtime.project(baselineProjection),
    drifts: runtime.project(driftProjection),
    audits: runtime.project(auditProjection),
    holds: runtime.project(holdProjection),
    people: runtime.project(personProjection),
    reviews: runtime.project(reviewProjection),
    signatures: runtime.project(signatureProjection),
  };
  const drifts = runtime.commands(drift, driftCodec);
  runtime.react(driftReactor({ runtime, baselines: views.baselines, drifts, clock }));
  runtime.react(eraseReactor(runtime.people));
  runtime.relay(
    {
      access: accessCodec,
      audit: auditCodec,
      baseline: baselineCodec,
      drift: driftCodec,
      hold: holdCodec,
      person: personCodec,
      review: reviewCodec,
      signature: signatureCodec,
      signer: signerCodec,
    },
    toPublic,
  );
  return {
    runtime,
    ...parts,
    baselines: oneThingAKey()(runtime.commands(baseline, baselineCodec)),
    holds: runtime.commands(hold, holdCodec),
    persons: runtime.commands(person, personCodec),
    reviews: runtime.commands(review, reviewCodec),
    signatures: runtime.commands(signature, signatureCodec),
    signerKeys: runtime.commands(signerKey, signerCodec),
    access: openAccessRecords(runtime.commands(access, accessCodec), clock),
    views,
    async upToDate({ deadlineMs, signal }, projections) {
      const minPosition = positionToken(await runtime.engines.eventStore.head());
      await runtime.reached({ minPosition, deadlineMs, signal, projections });
    },
  };
}
