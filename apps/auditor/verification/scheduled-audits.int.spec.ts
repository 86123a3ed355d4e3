import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError, systemChance, systemClock, toInstant } from '#kernel';
import { provenance } from '#contracts';
import type { AuditResult } from '#domain/audit';
import { sampleHistory } from '#verification/testing';
import type { Auditor } from '../auditor.js';
import { startScheduledAudits, type Schedule } from './scheduled-audits.js';

const dayMs = 86_400_000;
let history: Awaited<ReturnType<typeof sampleHistory>>;
beforeAll(async () => {
  history = await sampleHistory(300, [300]);
});
afterAll(() => history.remove());

/** An auditor whose clock runs as fast as it is asked, and what it has recorded. */
function auditorWith(more: object = {}) {
  const { store, log } = history.copy();
  const recorded: AuditResult[] = [];
  const settings = new Map<string, string>();
  let nowMs = 0;
  const errors: unknown[] = [];
  let heard: () => void = () => undefined;
  const auditor = {
    clock: {
      ...systemClock,
      now: () => toInstant(nowMs),
      monotonicMs: () => nowMs,
      async sleep(ms: number, signal?: AbortSignal) {
        await new Promise(setImmediate);
        signal?.throwIfAborted();
        nowMs += ms;
      },
    },
    chance: systemChance,
    runtime: {
      engines: {
        eventStore: { readAll: () => Readable.from([]) },
        readStore: {
          getSetting: async (key: string) => settings.get(key),
          async setSetting(key: string, expected: string | undefined, value: string) {
            if (settings.get(key) !== expected) return false;
            settings.set(key, value);
            return true;
          },
        },
      },
    },
    views: { audits: { query: async () => [] }, runs: { query: async () => [] } },
    audits: {
      async execute(_stream: string, { result }: { readonly result: AuditResult }) {
        recorded.push(result);
        heard();
      },
    },
    audited: {
      eventStore: `sqlite:${store}`,
      log: `file:${log}`,
      trustedKeys: async () => [history.signer.verifier],
    },
    ...more,
  } as unknown as Auditor;
  const schedule = { verifyEveryMs: dayMs, reproduceEveryMs: dayMs, reproduceSample: 0 };
  return {
    nowMs: () => nowMs,
    recorded,
    errors,
    /** Until so much was recorded, or has failed. */
    async until(count: number, changed: Partial<Schedule> = {}): Promise<readonly AuditResult[]> {
      const enough = new Promise<void>((resolve) => {
        heard = () => recorded.length + errors.length === count && resolve();
      });
      const end = startScheduledAudits(auditor, { ...schedule, ...changed }, (_name, error) => {
        errors.push(error);
        heard();
      });
      await enough;
      await end();
      return recorded;
    },
  };
}

describe('audits at their time', () => {
  it('verify the log once a day, the first time a day after it was first looked', async () => {
    const { until, nowMs } = auditorWith();
    const [first, second] = await until(2);
    expect(first).toMatchObject({
      kind: 'log',
      outcome: 'held',
      scheduled: true,
      checked: 300,
      log: { size: 300 },
    });
    expect(second?.outcome).toBe('held');
    expect(nowMs() / dayMs).toBeGreaterThanOrEqual(2);
    expect(nowMs() / dayMs).toBeLessThan(2.1);
  });

  it('say that they could not be carried out', async () => {
    const { store, log } = history.copy();
    const trustedKeys = async () => {
      throw new DomainError('unavailable', 'SIGNER_FAILED', 'the key service does not answer');
    };
    const [found] = await auditorWith({
      audited: { eventStore: `sqlite:${store}`, log: `file:${log}`, trustedKeys },
    }).until(1);
    expect(found).toMatchObject({
      kind: 'log',
      outcome: 'not-run',
      problem: expect.stringContaining('key service'),
    });
  });

  it('that find something and cannot record it are not silent', async () => {
    const copy = history.copy();
    copy.sql("UPDATE events SET bytes = x'00' WHERE seq = 9");
    const full = new DomainError('exhausted', 'STORAGE_FULL', 'no space left');
    const { until, errors } = auditorWith({
      audits: { execute: () => Promise.reject(full) },
      audited: {
        ...{ eventStore: `sqlite:${copy.store}`, log: `file:${copy.log}` },
        trustedKeys: async () => [history.signer.verifier],
      },
    });
    await until(1);
    expect(errors).toMatchObject([
      {
        code: 'AUDIT_NOT_RECORDED',
        message: expect.stringMatching(/1 findings, EVENT_CHANGED.*no space left/),
      },
    ]);
  });

  it('run drawn runs again and record those that gave something else', async () => {
    const runs = ['same', 'other', 'broken'].map((id) => ({ id, namespace: 'default' }));
    const { VERDICT_IDENTICAL: same, VERDICT_DIVERGED: other } = provenance.Verdict;
    const verdicts: Record<string, provenance.Verdict> = { same, other };
    const asked: string[] = [];
    const service = {
      async reproduce({ runId }: { readonly runId: string }) {
        asked.push(runId);
        if (runId === 'broken') throw new DomainError('rule', 'DATA_MISSING', 'its data is not here');
        return { reproduction: { id: runId } };
      },
      getReproduction: async ({ id }: { readonly id: string }) => ({
        reproduction: {
          id,
          concludedAt: toInstant(1),
          verdict: verdicts[id],
          differences: [{ area: 'result', what: 'metrics.accuracy' }],
        },
      }),
    };
    const [found] = await auditorWith({
      provenance: { connection: async () => ({ provenance: service }) },
      views: { runs: { query: async () => runs }, audits: { query: async () => [] } },
    }).until(1, { verifyEveryMs: 0, reproduceSample: 5 });
    expect(asked.sort()).toEqual(['broken', 'other', 'same']);
    expect(found).toMatchObject({
      ...{ kind: 'reproductions', outcome: 'failed', checked: 3, findings: 2 },
      counts: { RUN_DIVERGED: 1, RUN_NOT_REPEATED: 1 },
    });
  });
});
