import { describe, expect, it } from '@jest/globals';
import { fold, type Digest, type Instant } from '#kernel';
import { access, accessStream, type AccessEvent } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const read: AccessEvent = {
  ...{ type: 'TrailRead', question: 'history', asked: { subject: 'last' }, follows: false, coversMs: 1, at },
};
const started: AccessEvent = {
  ...{ type: 'TrailExportStarted', asked: {}, first: '0', end: '9', logSize: '12', at },
};
const exported: AccessEvent = {
  ...{ type: 'TrailExported', manifest: `sha256:${'a'.repeat(64)}` as Digest, events: '4', others: '5', at },
};
const record = (fact: AccessEvent, ...before: AccessEvent[]) =>
  access.decide({ type: 'Record', fact }, fold(access, before));

describe('access', () => {
  it('is recorded as it was', () => {
    expect([record(read), record(started), record(exported, started)]).toEqual([
      [read],
      [started],
      [exported],
    ]);
    expect(fold(access, [started, exported])).toEqual({ status: 'exported', manifest: exported.manifest });
    expect(fold(access, [read])).toEqual({ status: 'read' });
  });

  it.each([
    [read, [read]],
    [read, [started]],
    [started, [started, exported]],
    [exported, []],
    [exported, [read]],
  ])('of another kind does not go into the same stream (%#)', (fact, before) => {
    expect(() => record(fact, ...before)).toThrow(
      expect.objectContaining({ code: 'IDEMPOTENCY_KEY_REUSED' }),
    );
  });

  it('has a stream for each call', () => {
    expect(accessStream('a')).toMatch(/^access-[0-9a-f-]{36}$/);
    expect(accessStream('a')).not.toBe(accessStream('b'));
  });
});
