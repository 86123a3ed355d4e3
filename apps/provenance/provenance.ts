import type { Chance, Clock, Digest, FaultPoint } from '#kernel';
import { nameId, type Signer } from '#evidence';
import {
  artifactCodec,
  bundleCodec,
  disposalCodec,
  editionCodec,
  reproductionCodec,
  retentionCodec,
  type Actor,
} from '#contracts/stored';
import { artifact, type ArtifactCommand, type ArtifactEvent, type ArtifactState } from '#domain/artifact';
import { bundle, type BundleCommand, type BundleEvent, type BundleState } from '#domain/bundle';
import { disposal, type DisposalCommand, type DisposalEvent, type DisposalState } from '#domain/disposal';
import { edition, type EditionCommand, type EditionEvent, type EditionState } from '#domain/edition';
import {
  reproduction,
  type ReproductionCommand,
  type ReproductionEvent,
  type ReproductionState,
} from '#domain/reproduction';
import {
  retention,
  type RetentionCommand,
  type RetentionEvent,
  type RetentionState,
} from '#domain/retention';
import type { CommandContext, CommandHandler, ProjectedEvent, ServiceRuntime, View } from '#runtime';
import type { Peer } from '#service';
import { openApprovals, type Approvals } from './approvals.js';
import { rememberedNodes, type Nodes } from './blob-graph.js';
import { bundleProjection, type BundleDocument } from './bundle.projection.js';
import type { Declared } from './describe-members.js';
import { concludeReproduction } from './conclude-reproduction.reactor.js';
import { toPublic } from './outbound.js';
import { referenceProjection, type ReferenceDocument } from './reference.projection.js';
import { reproductionProjection, type ReproductionDocument } from './reproduction.projection.js';
import { disposedProjection, type DisposedDocument } from './retention/disposed.projection.js';
import { openOrders, type Orders } from './retention/orders.js';
import { removeDisposed } from './retention/remove-disposed.reactor.js';
import { sealBundles } from './seal-bundle.reactor.js';
import { submitRepeat } from './submit-repeat.reactor.js';

/** Token of the one {@link Provenance} of a module. */
export const PROVENANCE = Symbol('Provenance');

/** As whom provenance writes what no caller asked for, and calls the scheduler. */
export const provenanceActor: Actor = { id: nameId('service', 'provenance'), type: 'service', roles: [] };

export interface Limits {
  readonly maxImportBytes: number;
  readonly gcMinAgeMs: number;
}

/** Everything the controllers and reactors work with. */
export interface Provenance {
  readonly runtime: ServiceRuntime;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly scheduler: Peer;
  /** Asked for proofs. */
  readonly auditor: Peer;
  /** The installation's key, opened when something is first signed. */
  readonly signer: () => Promise<Signer>;
  /** Where bundles lie while they are being checked. */
  readonly importsDir: string;
  readonly limits: Limits;
  /** Where tests kill the process. */
  readonly reach: FaultPoint;
  readonly bundles: CommandHandler<BundleCommand, BundleState, BundleEvent>;
  /** That a bundle left with names. */
  readonly editions: CommandHandler<EditionCommand, EditionState, EditionEvent>;
  readonly reproductions: CommandHandler<ReproductionCommand, ReproductionState, ReproductionEvent>;
  readonly collections: CommandHandler<ArtifactCommand, ArtifactState, ArtifactEvent>;
  readonly retentions: CommandHandler<RetentionCommand, RetentionState, RetentionEvent>;
  readonly disposals: CommandHandler<DisposalCommand, DisposalState, DisposalEvent>;
  /** Bundles that are being sealed here, by run. */
  readonly sealing: Map<string, Promise<BundleEvent>>;
  /** What is to be kept, by the events. */
  readonly orders: Orders;
  readonly approvals: Approvals;
  /** What blobs mention, read once for all disposals. */
  readonly nodes: Nodes;
  /** What was declared, by the whole name of the version, and lists of software by fingerprint: neither ever changes. */
  readonly versions: Map<string, Declared>;
  readonly sboms: Map<Digest, Uint8Array>;
  readonly views: {
    readonly bundles: View<BundleDocument>;
    readonly reproductions: View<ReproductionDocument>;
    readonly references: View<ReferenceDocument>;
    readonly disposed: View<DisposedDocument>;
  };
}

export type ProvenanceParts = Pick<
  Provenance,
  'clock' | 'chance' | 'scheduler' | 'auditor' | 'signer' | 'importsDir' | 'limits' | 'reach'
>;

/** What provenance does, as a table: streams it writes, models it keeps, what it reacts to, events it tells of. */
export function openProvenance(runtime: ServiceRuntime, parts: ProvenanceParts): Provenance {
  const provenance: Provenance = {
    runtime,
    ...parts,
    bundles: runtime.commands(bundle, bundleCodec),
    editions: runtime.commands(edition, editionCodec),
    reproductions: runtime.commands(reproduction, reproductionCodec),
    collections: runtime.commands(artifact, artifactCodec),
    retentions: runtime.commands(retention, retentionCodec),
    disposals: runtime.commands(disposal, disposalCodec),
    sealing: new Map(),
    orders: openOrders(runtime.engines.eventStore),
    approvals: openApprovals(runtime.engines.eventStore),
    nodes: rememberedNodes(),
    versions: new Map(),
    sboms: new Map(),
    views: {
      bundles: runtime.project(bundleProjection),
      reproductions: runtime.project(reproductionProjection),
      references: runtime.project(referenceProjection),
      disposed: runtime.project(disposedProjection),
    },
  };
  runtime.react(sealBundles(provenance));
  runtime.react(submitRepeat(provenance));
  runtime.react(concludeReproduction(provenance));
  runtime.react(removeDisposed(provenance));
  runtime.relay(
    {
      bundle: bundleCodec,
      disposal: disposalCodec,
      retention: retentionCodec,
      edition: editionCodec,
      reproduction: reproductionCodec,
      artifact: artifactCodec,
    },
    toPublic,
  );
  return provenance;
}

/** The context of what an event sets off. Deciders refuse a second time, so the command needs no id of its own. */
export const setOffBy = (
  { clock, chance }: Pick<Provenance, 'clock' | 'chance'>,
  { eventId, metadata }: Pick<ProjectedEvent, 'eventId' | 'metadata'>,
): CommandContext => ({
  commandId: chance.uuid(),
  actor: provenanceActor,
  correlationId: metadata.correlationId,
  causationId: eventId,
  receivedAt: clock.now(),
});
