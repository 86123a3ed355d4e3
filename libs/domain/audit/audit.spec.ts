import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Instant } from '#kernel';
import { signRotation, type Signer } from '#evidence';
import {
  audit,
  auditIdOf,
  auditStream,
  maxFindings,
  signingKeyStream,
  type AuditCommand,
  type AuditResult,
} from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const signer = (): Signer => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(12);
  return { keyName: 'lab.example/log', publicKey: raw, sign: async (bytes) => sign(null, bytes, privateKey) };
};
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
    expect(concluded).toMatchObject({ first: result.first.slice(0, maxFindings) });
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

  it('goes from key to key, once each, and never back', async () => {
    const [one, two, three] = [signer(), signer(), signer()];
    const rotate = (statement: string) => ({ type: 'RotateSigningKey', statement, at }) as const;
    const first = rotate(await signRotation(one, two, 20));
    const [event] = audit.decide(first, audit.initial);
    expect(event).toMatchObject({
      type: 'SigningKeyRotated',
      lastSize: '20',
      statement: first.statement,
      at,
    });
    const state = audit.evolve(audit.initial, event!);
    expect(audit.decide(rotate(await signRotation(one, two, 25)), state)).toEqual([]);
    expect(audit.decide(rotate(await signRotation(two, three, 30)), state)).toHaveLength(1);
    for (const [code, statement] of [
      ['ROTATION_FORKED', await signRotation(one, three, 20)],
      ['ROTATION_BACKWARDS', await signRotation(two, one, 20)],
      ['ROTATION_UNSIGNED', first.statement.replace('\n20\n', '\n19\n')],
    ] as const)
      expect(() => audit.decide(rotate(statement), state)).toThrow(expect.objectContaining({ code }));
    expect(() => audit.decide(record(), state)).toThrow(
      expect.objectContaining({ code: 'IDEMPOTENCY_KEY_REUSED' }),
    );
    expect(signingKeyStream('lab.example/log')).not.toBe(signingKeyStream('lab.example/other'));
  });
});
