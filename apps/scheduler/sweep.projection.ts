import { streamUuid, type Digest, type Instant, type JsonObject, type StreamId } from '#kernel';
import { canonicalize } from '#evidence';
import type { Actor } from '#contracts/stored';
import type { RunEvent } from '#domain/run';
import type { SweepEvent } from '#domain/sweep';
import type { Document } from '#read-store';
import { domainEvent, type ProjectedEvent, type Projection, type Reason } from '#runtime';

/** A sweep and how far its members are; its id is that of the sweep. */
export interface SweepDocument extends Document {
  readonly stream: StreamId;
  readonly namespace: string;
  /** Recorded order among all sweeps. */
  readonly order: number;
  /** `namespace/name`. */
  readonly blueprint: string;
  readonly blueprintVersion: Digest;
  /** Canonical JSON; empty when it is longer than {@link longestSpaceChars}, for lists. */
  readonly space: string;
  readonly members: number;
  readonly submitted: number;
  readonly completed: number;
  /** Members that admission refused among them. */
  readonly failed: number;
  readonly cancelled: number;
  readonly status: 'open' | 'completed' | 'cancelling' | 'cancelled';
  readonly reason: Reason;
  readonly submittedBy: Actor;
  readonly submittedAt: Instant;
}

const longestSpaceChars = 4096;

export const sweepProjection: Projection<SweepDocument> = {
  name: 'sweeps',
  version: 1,
  kinds: ['sweep', 'run'],
  indexes: [['namespace', 'order'], 'order'],
  ids({ kind, stream, data }) {
    if (kind === 'sweep') return [streamUuid(stream)];
    const { sweep } = data as { readonly sweep?: { readonly id: string } };
    return sweep === undefined ? [] : [sweep.id];
  },
  project(doc, stored, id) {
    const event = domainEvent<SweepEvent | RunEvent>(stored);
    if (event.type === 'SweepSubmitted') return submitted(event, stored, id);
    return doc && after(doc, event);
  },
};

function submitted(
  event: Extract<SweepEvent, { type: 'SweepSubmitted' }>,
  { stream, metadata, index }: ProjectedEvent,
  id: string,
): SweepDocument {
  const { namespace, blueprint, members, submittedAt } = event;
  const space = canonicalize(event.space as unknown as JsonObject);
  return {
    ...{
      id,
      stream,
      namespace,
      order: index,
      blueprint: blueprint.name,
      blueprintVersion: blueprint.version,
    },
    ...{ space: space.length > longestSpaceChars ? '' : space, members, status: 'open' },
    ...{ submitted: 0, completed: 0, failed: 0, cancelled: 0 },
    ...{ reason: metadata.reason ?? '', submittedBy: metadata.actor, submittedAt },
  };
}

function after(doc: SweepDocument, { type }: SweepEvent | RunEvent): SweepDocument {
  switch (type) {
    case 'SweepCancelRequested':
      return doc.status === 'open' ? { ...doc, status: 'cancelling' } : doc;
    case 'SweepCancelled':
      return doc.status === 'cancelling' ? { ...doc, status: 'cancelled' } : doc;
    case 'RunSubmitted':
      return { ...doc, submitted: doc.submitted + 1 };
    case 'RunCompleted':
      return ended({ ...doc, completed: doc.completed + 1 });
    case 'RunRejected':
    case 'RunFailed':
      return ended({ ...doc, failed: doc.failed + 1 });
    case 'RunCancelled':
      return ended({ ...doc, cancelled: doc.cancelled + 1 });
    default:
      return doc;
  }
}

/** Of members whose run is over. */
export const endedMembers = ({ completed, failed, cancelled }: SweepDocument): number =>
  completed + failed + cancelled;

const ended = (doc: SweepDocument): SweepDocument =>
  doc.status === 'open' && endedMembers(doc) === doc.members ? { ...doc, status: 'completed' } : doc;
