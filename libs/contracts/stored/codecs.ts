import type { AccessEvent } from '#domain/access';
import type { ArtifactEvent } from '#domain/artifact';
import type { AuditEvent } from '#domain/audit';
import type { BaselineEvent } from '#domain/baseline';
import type { BlueprintEvent } from '#domain/blueprint';
import type { BundleEvent } from '#domain/bundle';
import type { DatasetEvent } from '#domain/dataset';
import type { DisposalEvent } from '#domain/disposal';
import type { DriftEvent } from '#domain/drift';
import type { EditionEvent } from '#domain/edition';
import type { EnvironmentEvent } from '#domain/environment';
import type { ExecutorEvent } from '#domain/executor';
import type { HoldEvent } from '#domain/hold';
import type { KnobEvent } from '#domain/knob';
import type { PersonEvent } from '#domain/person';
import type { ReproductionEvent } from '#domain/reproduction';
import type { RetentionEvent } from '#domain/retention';
import type { ReviewEvent } from '#domain/review';
import type { RunEvent } from '#domain/run';
import type { SignatureEvent, SignerKeyEvent } from '#domain/signature';
import type { SweepEvent } from '#domain/sweep';
import { eventCodec } from './codec.js';

const v1 = { version: 1 } as const;

/** One codec per kind of stream; a type's version is raised together with an upcast and a golden file. */
export const runCodec = eventCodec<RunEvent>({
  RunSubmitted: v1,
  RunAdmitted: v1,
  RunRejected: v1,
  RunClaimed: v1,
  RunStarted: v1,
  StepCompleted: v1,
  StepFailed: v1,
  RunRetried: v1,
  RunLeaseExpired: v1,
  RunCancelRequested: v1,
  RunCompleted: v1,
  RunFailed: v1,
  RunCancelled: v1,
});

export const sweepCodec = eventCodec<SweepEvent>({
  SweepSubmitted: v1,
  SweepCancelRequested: v1,
  SweepCancelled: v1,
});
export const reproductionCodec = eventCodec<ReproductionEvent>({
  ReproductionStarted: v1,
  ReproductionConcluded: v1,
});
export const baselineCodec = eventCodec<BaselineEvent>({ BaselineAccepted: v1, BaselineRetired: v1 });
export const auditCodec = eventCodec<AuditEvent>({ AuditConcluded: v1, SigningKeyRotated: v1 });
export const accessCodec = eventCodec<AccessEvent>({
  TrailRead: v1,
  TrailExportStarted: v1,
  TrailExported: v1,
});
export const driftCodec = eventCodec<DriftEvent>({ BaselineHeld: v1, DriftDetected: v1 });
export const editionCodec = eventCodec<EditionEvent>({ NamedEditionTaken: v1 });
export const bundleCodec = eventCodec<BundleEvent>({ BundleSealed: v1, BundleImported: v1 });

export const blueprintCodec = eventCodec<BlueprintEvent>({ BlueprintVersionDeclared: v1 });
export const knobCodec = eventCodec<KnobEvent>({ KnobDeclared: v1, KnobRevised: v1, KnobRetired: v1 });
export const environmentCodec = eventCodec<EnvironmentEvent>({
  EnvironmentRegistered: v1,
  EnvironmentDescribed: v1,
});
export const datasetCodec = eventCodec<DatasetEvent>({ DatasetVersionAdded: v1 });
export const signatureCodec = eventCodec<SignatureEvent>({
  SignerEnrolled: v1,
  SignerKeyReplaced: v1,
  Signed: v1,
});
export const signerCodec = eventCodec<SignerKeyEvent>({ SignerKeyClaimed: v1 });
export const holdCodec = eventCodec<HoldEvent>({ HoldPlaced: v1, HoldReleased: v1 });
export const personCodec = eventCodec<PersonEvent>({ PersonNamed: v1, PersonErased: v1 });
export const reviewCodec = eventCodec<ReviewEvent>({ TrailReviewed: v1 });
export const artifactCodec = eventCodec<ArtifactEvent>({
  CollectionStarted: v1,
  CollectionFinished: v1,
  ScrubFinished: v1,
});
export const retentionCodec = eventCodec<RetentionEvent>({
  RetentionClassDeclared: v1,
  RetentionLengthened: v1,
  RetentionShortened: v1,
  RetentionAssigned: v1,
});
export const disposalCodec = eventCodec<DisposalEvent>({
  ArtifactsDisposed: v1,
  DisposalFinished: v1,
  DisposalWithdrawn: v1,
});
export const executorCodec = eventCodec<ExecutorEvent>({
  ExecutorJoined: v1,
  ExecutorLeft: v1,
  ExecutorModeChanged: v1,
  ExecutorScaled: v1,
});
