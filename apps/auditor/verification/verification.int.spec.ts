import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import { formatCheckpoint, formatVerifierKey } from '#evidence';
import type { auditor as proto } from '#contracts';
import { testSigner } from '#verification/testing';
import { openAuditorForTest, type OpenedAuditor } from '../testing/open-auditor.js';
import { writeRun } from '../testing/write-run.js';

let opened: OpenedAuditor;
beforeAll(async () => {
  opened = await openAuditorForTest();
  for (const name of ['a', 'b', 'c']) await writeRun(opened.engines, name);
  await logged(18);
});
afterAll(() => opened.close());

async function logged(size: number): Promise<void> {
  const { auditor } = opened.client;
  const sizeNow = () =>
    auditor.getCheckpoint({}).then(
      (answer) => answer.size,
      () => 0,
    );
  while ((await sizeNow()) < size) await systemClock.sleep(20);
}

async function verify(more: Partial<proto.VerifyLogRequest> = {}) {
  const findings: proto.VerificationFinding[] = [];
  const request = { keys: [], witnessKeys: [], witnesses: 0, seen: [], ...more };
  for await (const { part } of opened.client.auditor.verifyLog(request)) {
    if (part?.$case === 'finding') findings.push(part.value);
    if (part?.$case === 'report') return { findings, report: part.value };
  }
  throw new Error('nothing was reported');
}
const audits = (more: Partial<proto.ListAuditsRequest> = {}) =>
  opened.client.auditor.listAudits({ kind: '', failed: false, pageSize: 0, pageToken: '', ...more });

describe('a verification that was asked for', () => {
  it('holds the store against the log, and is recorded', async () => {
    const { keys } = await opened.client.auditor.getSigningKeys({});
    const { findings, report } = await verify();
    expect(findings).toEqual([]);
    expect(report).toMatchObject({ intact: true, logSize: 18, notInLog: 0, findings: 0 });
    expect(report.signedBy).toEqual([keys[0]?.key.split('+')[0]]);
    expect((await audits()).audits).toMatchObject([
      { id: report.auditId, kind: 'log', outcome: 'held', scheduled: false, checked: 18, root: report.root },
    ]);
  });

  it('by the key of somebody else, or against what somebody else has seen, does not hold', async () => {
    const stranger = testSigner();
    const key = formatVerifierKey(stranger.keyName, stranger.publicKey);
    expect((await verify({ keys: [key] })).findings.map(({ code }) => code)).toContain('SIGNATURE_WRONG');
    const seen = formatCheckpoint({ origin: 'x', size: 5, root: new Uint8Array(32) });
    expect((await verify({ seen: [seen] })).findings).toMatchObject([{ code: 'LOG_FORKED' }]);
  });

  it('names the event that was changed behind our back; the audit says so for ever', async () => {
    const database = new DatabaseSync(join(opened.dataDir, 'events.sqlite'), { timeout: 60_000 });
    const change = (from: string, to: string) =>
      database.exec(
        `UPDATE events SET bytes = CAST(replace(CAST(bytes AS TEXT), '${from}', '${to}') AS BLOB) WHERE seq = 8`,
      );
    const before = database.prepare('SELECT bytes FROM events WHERE seq = 8').get()?.['bytes'] as Uint8Array;
    change('"service"', '"servant"');
    const { findings, report } = await verify();
    expect(findings).toMatchObject([
      { code: 'EVENT_CHANGED', index: 7, stream: expect.stringMatching(/^run-/) },
    ]);
    expect((await audits({ kind: 'log', failed: true })).audits[0]).toMatchObject({
      ...{ id: report.auditId, outcome: 'failed', findings: 1 },
      first: [{ code: 'EVENT_CHANGED', index: 7 }],
    });
    database.prepare('UPDATE events SET bytes = ? WHERE seq = 8').run(before);
    database.close();
    expect((await verify()).report.intact).toBe(true);
  });

  it('is refused with every problem', async () => {
    await expect(verify({ keys: ['nonsense'], witnessKeys: ['more'], witnesses: 3 })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      problems: { length: 3 },
    });
    await expect(audits({ kind: 'comets' })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});
