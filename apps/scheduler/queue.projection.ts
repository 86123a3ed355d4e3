import { streamUuid, type Digest, type Instant, type JsonObject } from '#kernel';
import { digestValue } from '#evidence';
import type { Placement, RunEvent } from '#domain/run';
import type { Document } from '#read-store';
import { domainEvent, type ProjectedEvent, type Projection } from '#runtime';

/** An admitted run that is not over: waiting, or held under a lease. Its id is that of the run. */
export interface QueueDocument extends Document {
  /** Where it stands while it waits, see {@link laneOf}; null while it is held. */
  readonly place: string | null;
  readonly pool: string;
  readonly namespace: string;
  /** −100 to 100, higher first. */
  readonly priority: number;
  /** Recorded order among all runs; a repeat keeps its place. */
  readonly order: number;
  readonly submittedAt: Instant;
  readonly placement: Placement & JsonObject;
  readonly manifest: Digest;
  readonly reproducibilityKey: Digest;
  readonly correlationId: string;
  /** Claims so far. */
  readonly epoch: number;
  /** Who holds it; null while it waits. */
  readonly executor: string | null;
  /** Id of the event that made it wait or be held: the cause of what happens next. */
  readonly cause: string;
}

/** Runs that differ in nothing but their age: of one pool, namespace, priority and placement. */
export const laneOf = (place: string): string => place.slice(0, place.lastIndexOf('/') + 1);

/** Sorts by pool, then lane, then recorded order. Names of pools and namespaces have no `/`. */
function placeOf(doc: QueueDocument): string {
  const { pool, namespace, priority, placement, order } = doc;
  const needs = digestValue(placement).slice(7, 19);
  const urgency = String(100 - priority).padStart(3, '0');
  return [pool, namespace, urgency, needs, String(order).padStart(12, '0')].join('/');
}

/** What was admitted before executors were told apart by more than their pool. */
const anywhere: Placement = { labels: {}, architecture: '', isolation: null };

export const queueProjection: Projection<QueueDocument> = {
  name: 'queue',
  version: 1,
  kinds: ['run'],
  restMs: 100,
  indexes: ['place', 'executor'],
  ids: ({ stream }) => [streamUuid(stream)],
  starts: ({ type }) => type === 'RunSubmitted',
  project(doc, stored, id) {
    const event = domainEvent<RunEvent>(stored);
    if (event.type === 'RunSubmitted') return submitted(event, stored, id);
    return doc && after(doc, event, stored.eventId);
  },
};

const none = '' as Digest;

function submitted(
  { pool, namespace, priority, submittedAt }: Extract<RunEvent, { type: 'RunSubmitted' }>,
  { metadata, index: order, eventId: cause }: ProjectedEvent,
  id: string,
): QueueDocument {
  return {
    ...{ id, place: null, pool, namespace, priority, order, submittedAt, placement: anywhere },
    ...{ manifest: none, reproducibilityKey: none, correlationId: metadata.correlationId },
    ...{ epoch: 0, executor: null, cause },
  };
}

function after(
  doc: QueueDocument,
  event: Exclude<RunEvent, { type: 'RunSubmitted' }>,
  cause: string,
): QueueDocument | undefined {
  switch (event.type) {
    case 'RunAdmitted': {
      const { manifest, reproducibilityKey, placement = anywhere } = event;
      return waiting({ ...doc, manifest, reproducibilityKey, placement, cause });
    }
    case 'RunClaimed': {
      const { epoch, executor } = event;
      return { ...doc, place: null, epoch, executor, cause };
    }
    case 'RunRetried':
      return waiting({ ...doc, executor: null, cause });
    case 'RunStarted':
    case 'StepCompleted':
    case 'StepFailed':
    case 'RunLeaseExpired':
    case 'RunCancelRequested':
      return doc;
    case 'RunRejected':
    case 'RunCompleted':
    case 'RunFailed':
    case 'RunCancelled':
      return undefined;
  }
}

const waiting = (doc: QueueDocument): QueueDocument => ({ ...doc, place: placeOf(doc) });
