import { rename, rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isDomainError, systemClock } from '#kernel';
import { formatVerifierKey, openRotations, parseVerifierKeys } from '#evidence';
import type { auditor as proto } from '#contracts';
import { verifyExport } from '#export-file';
import { testSigner } from '#verification/testing';
import { openAuditorForTest, type OpenedAuditor } from '../testing/open-auditor.js';
import { writeRun } from '../testing/write-run.js';

let opened: OpenedAuditor;
let first: string;
let second: string;
const stranger = testSigner();
const strangers = formatVerifierKey(stranger.keyName, stranger.publicKey);

const presentKey = async () =>
  (await opened.client.auditor.getSigningKeys({})).keys.find(({ current }) => current)?.key ?? '';
const proven = (index: number) =>
  Array.fromAsync(opened.client.auditor.proveEvents({ namespace: '', subject: '', types: [], index }));
const notYet = ['EVENT_NOT_FOUND', 'NOT_LOGGED_YET'];
/** Waits until somebody has recorded it, and the log has it. */
async function untilLogged(index: number): Promise<void> {
  for (;;)
    try {
      await proven(index);
      return;
    } catch (error) {
      if (!isDomainError(error) || !notYet.includes(error.code)) throw error;
      await systemClock.sleep(20);
    }
}

beforeAll(async () => {
  opened = await openAuditorForTest();
  await writeRun(opened.engines, 'a');
  await untilLogged(5);
  first = await presentKey();
  await opened.stop();
  const { dataDir } = opened;
  const keyFile = (name: string) => join(dataDir, 'keys', name);
  await rename(keyFile('signing.pem'), keyFile('before.pem'));
  opened = await openAuditorForTest(dataDir, { signingKeyBefore: `file:${keyFile('before.pem')}` });
  await writeRun(opened.engines, 'b');
  second = await presentKey();
  await untilLogged(12);
  // The old key is not needed any more.
  await opened.stop();
  await rm(keyFile('before.pem'));
  opened = await openAuditorForTest(dataDir);
});
afterAll(() => opened.close());

async function verify(keys: readonly string[]) {
  const findings: proto.VerificationFinding[] = [];
  let report: proto.VerificationReport | undefined;
  const request = { keys: [...keys], witnessKeys: [], witnesses: 0, seen: [] };
  for await (const { part } of opened.client.auditor.verifyLog(request)) {
    if (part?.$case === 'finding') findings.push(part.value);
    if (part?.$case === 'report') report = part.value;
  }
  return { codes: findings.map(({ code }) => code), report };
}

describe('a log that goes over to another key', () => {
  it('tells the chain, which is an event that its log holds', async () => {
    const { keys } = await opened.client.auditor.getSigningKeys({});
    expect(keys).toMatchObject([
      { key: first, current: false, lastSize: 6 },
      { key: second, current: true },
    ]);
    expect(openRotations([keys[1]?.announcement ?? ''])).toHaveLength(1);
    const read = { subject: '', namespace: '', asOf: undefined, limit: 0, follow: false };
    const [event] = await Array.fromAsync(
      opened.client.auditor.readHistory({ ...read, types: ['SigningKeyRotated'] }),
    );
    const { stream = '', envelope = Buffer.alloc(0) } = event?.event ?? {};
    expect(JSON.parse(Buffer.from(envelope).toString())).toMatchObject({
      data: { before: first, next: second, lastSize: '6', statement: keys[1]?.announcement },
    });
    const proofs = await Array.fromAsync(
      opened.client.auditor.proveEvents({ namespace: '', subject: stream, types: [] }),
    );
    expect(proofs).toMatchObject([{ type: 'SigningKeyRotated' }]);
  });

  it('proves no entry that there is none of, and keeps nobody waiting for it', async () => {
    await expect(proven(1_000_000)).rejects.toMatchObject({ kind: 'not-found', code: 'EVENT_NOT_FOUND' });
  });

  it('is verified by its first key, by its second, and by no other', async () => {
    for (const keys of [[first], [second], [first, second], []])
      expect(await verify(keys)).toMatchObject({ codes: [], report: { intact: true } });
    expect((await verify([strangers])).codes).toContain('SIGNATURE_WRONG');
  });

  it('gives exports that a stranger accepts who has only the key of before', async () => {
    const request = { namespace: '', types: [], runs: [], blueprints: [], formats: ['jsonl'], named: false };
    const chunks = await Array.fromAsync(opened.client.auditor.exportAudit(request));
    const path = join(opened.dataDir, 'trail.zip');
    await writeFile(path, Buffer.concat(chunks.map(({ chunk }) => chunk)));
    const problemsBy = async (key: string) =>
      (await verifyExport(path, { keys: parseVerifierKeys(key) })).problems;
    expect(await problemsBy(first)).toEqual([]);
    expect(await problemsBy(second)).toEqual([]);
    expect(await problemsBy(strangers)).toMatchObject([{ code: 'ENVELOPE_UNSIGNED' }]);
  });

  it('is not verified when the event of it was changed behind its back', async () => {
    const database = new DatabaseSync(join(opened.dataDir, 'events.sqlite'), { timeout: 60_000 });
    database.exec(
      `UPDATE events SET bytes = CAST(replace(bytes, '"lastSize":"6"', '"lastSize":"7"') AS BLOB)
         WHERE CAST(bytes AS TEXT) LIKE '%key-rotation/v1%';
       UPDATE events SET bytes = CAST(replace(bytes, '\\n6\\n', '\\n7\\n') AS BLOB)
         WHERE CAST(bytes AS TEXT) LIKE '%key-rotation/v1%'`,
    );
    database.close();
    expect((await verify([first])).codes).toEqual(expect.arrayContaining(['KEYS_BROKEN', 'SIGNATURE_WRONG']));
    expect((await verify([second])).codes).toEqual(expect.arrayContaining(['KEYS_BROKEN', 'EVENT_CHANGED']));
  });
});
