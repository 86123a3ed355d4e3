import { streamId, type Digest } from '#kernel';
import type { DisposalEvent } from '#domain/disposal';
import type { RetentionEvent } from '#domain/retention';
import { at } from './fixed.js';
import type { Samples } from './samples.js';

const digest = `sha256:${'d'.repeat(64)}` as Digest;
const run = '9a8b7c6d-5e4f-5a3b-8c2d-1e0f9a8b7c6d';

export const retentionSamples: Samples<RetentionEvent> = {
  RetentionClassDeclared: {
    ...{ type: 'RetentionClassDeclared', name: 'short', artifacts: ['outputs', 'logs'], keepForDays: 30 },
    ...{ authority: 'policy R-7', at },
  },
  RetentionLengthened: {
    ...{ type: 'RetentionLengthened', name: 'short', keepForDays: null, authority: 'policy R-8', at },
  },
  RetentionShortened: {
    ...{ type: 'RetentionShortened', name: 'short', keepForDays: 7, authority: 'policy R-9', at },
  },
  RetentionAssigned: {
    ...{ type: 'RetentionAssigned', subject: streamId('run', run), label: `run ${run}`, class: 'short', at },
  },
};

export const disposalSamples: Samples<DisposalEvent> = {
  ArtifactsDisposed: {
    ...{ type: 'ArtifactsDisposed', run, namespace: 'penguins', blueprint: 'penguins/species' },
    ...{ artifacts: ['outputs', 'logs'], class: 'short', authority: 'policy R-7', early: false },
    ...{ blobs: [{ digest, sizeBytes: 12 }], part: 1, parts: 1, at },
  },
  DisposalFinished: { type: 'DisposalFinished', blobs: 1, bytes: 12, left: 0, at },
  DisposalWithdrawn: {
    ...{ type: 'DisposalWithdrawn', hold: streamId('hold', run), gone: [digest], at },
  },
};
