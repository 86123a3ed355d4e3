import { describe, expect, it } from '@jest/globals';
import type { Instant } from '#kernel';
import { audit, auditIdOf, auditStream, maxFindings, type AuditCommand, type AuditResult } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const result: AuditResult = {
  ...{ kind: 'log', outcome: 'failed', scheduled: true, startedAt: at, checked: 9, findings: 30 },
  counts: { EVENT_MISSING: 30 },
  first: Array.from({ length: 30 }, (_, i) => ({ code: 'EVENT_MISSING', message: 'gone', index: String(i) })),
  log: { size: 9, root: 'AA==' },
};
const record = (more: Partial<AuditResult> = {}): AuditCommand => ({
  type: 'RecordAudit',
  result: { ...result, ...more },
  at,
});

describe('audit', () => {
  it('is concluded once, naming a bounded number of findings and counting all', () => {
    const [concluded, ...more] = audit.decide(record(), audit.initial);
    expect(more).toEqual([]);
    expect(concluded).toMatchObject({ type: 'AuditConcluded', findings: 30, counts: { EVENT_MISSING: 30 } });
    expect(concluded?.first).toEqual(result.first.slice(0, maxFindings));
    const state = audit.evolve(audit.initial, concluded!);
    expect(audit.decide(record(), state)).toEqual([]);
    const other = record({ startedAt: '2026-01-31T09:31:00.000Z' as Instant });
    expect(() => audit.decide(other, state)).toThrow(
      expect.objectContaining({ code: 'IDEMPOTENCY_KEY_REUSED' }),
    );
  });

  it('has a stream of its own for each command', () => {
    expect(auditStream(auditIdOf('a'))).toMatch(/^audit-[0-9a-f-]{36}$/);
    expect(auditIdOf('a')).not.toBe(auditIdOf('b'));
  });
});
