import { describe, expect, it } from '@jest/globals';
import type { Digest, Instant } from '#kernel';
import { nameId } from '#evidence';
import { artifactCodec, auditCodec } from '#contracts/stored';
import { artifactStream, type ArtifactEvent } from '#domain/artifact';
import { auditStream, type AuditConcluded, type AuditEvent } from '#domain/audit';
import { foldToGolden, goldenBeside, written } from '#runtime/testing';
import { toPublic } from '../outbound.js';
import { auditProjection } from './audit.projection.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const concluded = (more: Partial<AuditConcluded>): AuditConcluded => ({
  type: 'AuditConcluded',
  ...{ kind: 'log', outcome: 'held', scheduled: true, startedAt: at, checked: 900, findings: 0 },
  ...{ counts: {}, first: [], log: { size: 900, root: 'AAEC' }, at, ...more },
});
const missing = {
  code: 'EVENT_MISSING',
  message: 'gone',
  index: '7',
  stream: 'run-1',
  revision: '0',
  eventId: 'e',
};
const audits = [
  concluded({}),
  concluded({
    outcome: 'failed',
    scheduled: false,
    findings: 2,
    counts: { EVENT_MISSING: 2 },
    first: [missing],
  }),
  concluded({
    kind: 'reproductions',
    outcome: 'not-run',
    problem: 'nobody answers',
    checked: 0,
    log: undefined as never,
  }),
].map(({ log, ...event }): AuditConcluded => (log === undefined ? event : { ...event, log }));
const digest = `sha256:${'1'.repeat(64)}` as Digest;
const scrub: ArtifactEvent = {
  type: 'ScrubFinished',
  ...{ blobs: 9, bytes: 90, corrupt: [digest], corruptTotal: 1, missing: [digest], missingTotal: 1, at },
};

/** Every kind of audit; fixed for ever. */
const history = () => [
  ...audits.flatMap((event, i) =>
    written<AuditEvent>(auditCodec, auditStream(nameId('audit', String(i))), [event]),
  ),
  ...written<ArtifactEvent>(artifactCodec, artifactStream('scrub'), [scrub]),
  ...written<ArtifactEvent>(artifactCodec, artifactStream('collection'), [
    { type: 'CollectionStarted', olderThanMs: 1, at },
  ]),
];
const golden = goldenBeside(import.meta.url);

describe('audits', () => {
  foldToGolden([auditProjection], history, golden);

  it('name what a scrub found of bytes that somebody has put back', () => {
    const restored = { ...scrub, restored: [digest], restoredTotal: 3 } as ArtifactEvent;
    const [event] = written<ArtifactEvent>(artifactCodec, artifactStream('restored'), [restored]);
    expect(auditProjection.project(undefined, event!, 'id')).toMatchObject({
      ...{ kind: 'artifacts', outcome: 'failed', findings: 5 },
      first: [{ code: 'BLOB_CORRUPT' }, { code: 'BLOB_MISSING' }, { code: 'BLOB_RESTORED' }],
    });
  });

  it('are told to others without what was found', () => {
    expect(history().slice(0, audits.length).map(toPublic)).toEqual(golden('outbound-audits'));
  });
});
