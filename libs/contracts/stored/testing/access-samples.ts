import type { AccessEvent } from '#domain/access';
import { at, digest } from './fixed.js';
import type { Samples } from './samples.js';

const asked = {
  ...{ subject: 'knob:l2', namespace: 'penguins', from: '12', to: '2026-02-01T00:00:00.000Z', asOf: '40' },
  ...{ actor: '5e0ffb64-5f5f-5b5c-8c43-0d5a37b0a9a1', types: ['RunFailed'], runs: ['last'] },
  ...{ blueprints: ['penguins/species'], study: 'do beaks matter', formats: ['csv', 'html'] },
};

export const accessSamples: Samples<AccessEvent> = {
  TrailRead: { type: 'TrailRead', question: 'history', asked, follows: true, coversMs: 600_000, at },
  TrailExportStarted: { type: 'TrailExportStarted', asked, first: '12', end: '41', logSize: '99', at },
  TrailExported: { type: 'TrailExported', manifest: digest('e'), events: '4', others: '25', at },
};
