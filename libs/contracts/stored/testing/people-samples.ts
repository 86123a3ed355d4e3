import { streamId, type Digest } from '#kernel';
import type { EditionEvent } from '#domain/edition';
import type { HoldEvent } from '#domain/hold';
import type { PersonEvent } from '#domain/person';
import type { ReviewEvent } from '#domain/review';
import type { SignatureEvent, SignerKeyEvent } from '#domain/signature';
import { at } from './fixed.js';
import type { Samples } from './samples.js';

const key = `${'A'.repeat(43)}=`;
const signer = '5e0ffb64-5f5f-5b5c-8c43-0d5a37b0a9a1';

export const signatureSamples: Samples<SignatureEvent> = {
  SignerEnrolled: { type: 'SignerEnrolled', signer, key, at },
  SignerKeyReplaced: {
    type: 'SignerKeyReplaced',
    statement: { v: 1, signer, key: `${'C'.repeat(43)}=`, replaces: key, signedAt: at },
    ...{ signature: `${'B'.repeat(86)}==`, signatureBefore: `${'D'.repeat(86)}==`, at },
  },
  Signed: {
    type: 'Signed',
    statement: {
      ...{ v: 1, meaning: 'approval', revision: '3', type: 'BlueprintVersionDeclared' },
      subject: streamId('blueprint', '9a8b7c6d-5e4f-5a3b-8c2d-1e0f9a8b7c6d'),
      eventId: '0b5c6f3e-1d5a-5f0e-9b0a-7f5f0c1d2e3f',
      bytesSha256: 'e'.repeat(64),
      ...{ signer, signedAt: at },
    },
    ...{ key, signature: `${'B'.repeat(86)}==`, at },
  },
};

export const signerSamples: Samples<SignerKeyEvent> = {
  SignerKeyClaimed: { type: 'SignerKeyClaimed', signer, key, at },
};

export const reviewSamples: Samples<ReviewEvent> = {
  TrailReviewed: {
    ...{ type: 'TrailReviewed', first: '12', last: '40', log: { size: '99', root: key } },
    ...{ outcome: 'findings', at },
  },
};

export const personSamples: Samples<PersonEvent> = {
  PersonNamed: { type: 'PersonNamed', at },
  PersonErased: { type: 'PersonErased', authority: 'request 2026-14', at },
};

export const editionSamples: Samples<EditionEvent> = {
  NamedEditionTaken: {
    ...{ type: 'NamedEditionTaken', run: '9a8b7c6d-5e4f-5a3b-8c2d-1e0f9a8b7c6d' },
    ...{ core: `sha256:${'c'.repeat(64)}` as Digest, at },
  },
};

export const holdSamples: Samples<HoldEvent> = {
  HoldPlaced: {
    type: 'HoldPlaced',
    subject: streamId('run', '9a8b7c6d-5e4f-5a3b-8c2d-1e0f9a8b7c6d'),
    ...{ authority: 'case 2026-14', at },
  },
  HoldReleased: { type: 'HoldReleased', authority: 'case 2026-14, closed', at },
};
