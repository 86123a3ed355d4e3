import { streamUuid, type Instant, type StreamId } from '#kernel';
import { reproductionCodec } from '#contracts/stored';
import type { Difference, Verdict } from '#domain/comparison';
import type { Document } from '#read-store';
import type { Projection, Reason } from '#runtime';

/** One reproduction; `verdict` and what follows from it are null until it is concluded. */
export interface ReproductionDocument extends Document {
  readonly stream: StreamId;
  readonly namespace: string;
  readonly originalRun: string;
  readonly repeatedRun: string;
  readonly reason: Reason;
  readonly startedAt: Instant;
  readonly concludedAt: Instant | null;
  readonly verdict: Verdict | 'not-run' | null;
  /** The first of them, and how many there are in all. */
  readonly differences: readonly Difference[];
  readonly differencesTotal: number;
  readonly remarks: readonly string[];
}

export const reproductionProjection: Projection<ReproductionDocument> = {
  name: 'reproductions',
  version: 2,
  kinds: ['reproduction'],
  indexes: [['originalRun', 'startedAt'], ['namespace', 'startedAt'], 'startedAt', 'repeatedRun'],
  ids: ({ stream }) => [streamUuid(stream)],
  project(doc, { stream, type, bytes, metadata }, id) {
    const { event } = reproductionCodec.decode(type, bytes);
    switch (event.type) {
      case 'ReproductionStarted':
        return {
          id,
          stream,
          namespace: event.namespace,
          originalRun: event.originalRun,
          repeatedRun: event.repeatedRun,
          reason: metadata.reason ?? '',
          startedAt: event.at,
          concludedAt: null,
          verdict: null,
          differences: [],
          differencesTotal: 0,
          remarks: [],
        };
      case 'ReproductionConcluded': {
        const { verdict, differences, differencesTotal, remarks, at } = event;
        return doc && { ...doc, verdict, differences, differencesTotal, remarks, concludedAt: at };
      }
    }
  },
};
