import { streamUuid } from '#kernel';
import type { RunEvent } from '#domain/run';
import type { Document } from '#read-store';
import { domainEvent, type Projection } from '#runtime';

/** A member that was submitted. */
export interface SweepMemberDocument extends Document {
  readonly sweep: string;
  readonly index: number;
  readonly run: string;
}

/** Which run is which member: small, so that a sweep of ten thousand can be listed whole. */
export const sweepMemberProjection: Projection<SweepMemberDocument> = {
  name: 'sweep-members',
  version: 1,
  kinds: ['run'],
  indexes: [['sweep', 'index']],
  ids({ type, data }) {
    const { sweep } = data as { readonly sweep?: { readonly id: string; readonly index: number } };
    return type === 'RunSubmitted' && sweep !== undefined ? [`${sweep.id}/${sweep.index}`] : [];
  },
  project(doc, stored, id) {
    const event = domainEvent<RunEvent>(stored);
    if (event.type !== 'RunSubmitted' || event.sweep === undefined) return doc;
    return { id, sweep: event.sweep.id, index: event.sweep.index, run: streamUuid(stored.stream) };
  },
};
