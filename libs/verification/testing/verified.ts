import { DatabaseSync } from 'node:sqlite';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyLog, type Finding, type Report, type VerifyOptions } from '../index.js';
import { sampleEvents, testSigner, writeEventStore, writeLog } from './sample-log.js';

export interface Verified {
  readonly findings: readonly Finding[];
  readonly report: Report;
}

export async function verified(options: VerifyOptions): Promise<Verified> {
  const findings: Finding[] = [];
  let report: Report | undefined;
  for await (const told of verifyLog(options)) {
    if ('finding' in told) findings.push(told.finding);
    if ('report' in told) report = told.report;
  }
  if (report === undefined) throw new Error('nothing was reported');
  return { findings, report };
}

/** One event store with its log, of which each test breaks a copy. */
export async function sampleHistory(count: number, sizes: readonly number[], events = sampleEvents(count)) {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-verify-'));
  const signer = testSigner();
  writeEventStore(join(root, 'original/events.db'), events);
  await writeLog(join(root, 'original/log'), events.slice(0, sizes.at(-1)), sizes, signer);
  let copies = 0;
  return {
    signer,
    events,
    copy() {
      const folder = join(root, String(copies++));
      cpSync(join(root, 'original'), folder, { recursive: true });
      const store = join(folder, 'events.db');
      return {
        store,
        log: join(folder, 'log'),
        sql(statements: string): void {
          const database = new DatabaseSync(store);
          database.exec(statements);
          database.close();
        },
        verify: (more: Partial<VerifyOptions> = {}) =>
          verified({
            ...{ eventStore: `sqlite:${store}`, log: `file:${join(folder, 'log')}` },
            ...{ policy: { keys: [signer.verifier] }, threads: 0, ...more },
          }),
      };
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
