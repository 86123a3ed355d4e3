import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isDomainError, systemClock } from '#kernel';
import type { auditor as proto } from '#contracts';
import { openAuditorForTest, type OpenedAuditor } from '../testing/open-auditor.js';
import { writeRun } from '../testing/write-run.js';

const perRun = 6;
const root = mkdtempSync(join(tmpdir(), 'holdfast-recovery-'));
const at = (...names: readonly string[]) => join(root, ...names);
/** A backup that was made while runs were being written, and the whole installation as it was a moment later. */
const [backedUp, whole] = [at('backup'), at('whole')];
let size = 0;
let note = '';
let sizeThen = 0;

beforeAll(async () => {
  const live = await openAuditorForTest(at('live'));
  for (const name of ['a', 'b']) await writeRun(live.engines, name);
  sizeThen = (await checkpointOf(live, 2 * perRun)).size;
  // Then nothing of the log is on its way any more: what stood before the checkpoint is cleared after it.
  while (readdirSync(at('live', 'audit-log', 'checkpoints')).length > 1) await systemClock.sleep(20);
  const writing = ['c', 'd', 'e'].map((name) => writeRun(live.engines, name));
  await backUp(at('live'), backedUp);
  await Promise.all(writing);
  ({ size, checkpoint: note } = await checkpointOf(live, 5 * perRun));
  await live.stop();
  cpSync(at('live'), whole, { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** As `infra/operations.md` says: the log first, so that it is never ahead of the events; read models not at all. */
async function backUp(from: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  for (const folder of ['audit-log', 'keys'])
    cpSync(join(from, folder), join(to, folder), { recursive: true });
  const database = new DatabaseSync(join(from, 'events.sqlite'), { readOnly: true });
  await backup(database, join(to, 'events.sqlite'));
  database.close();
  cpSync(join(from, 'artifacts'), join(to, 'artifacts'), { recursive: true });
}

async function checkpointOf(
  { client }: OpenedAuditor,
  atLeast: number,
): Promise<proto.GetCheckpointResponse> {
  for (;;) {
    const found = await client.auditor.getCheckpoint({}).catch((error: unknown) => {
      if (!isDomainError(error) || error.code !== 'LOG_EMPTY') throw error;
      return undefined;
    });
    if (found !== undefined && found.size >= atLeast) return found;
    await systemClock.sleep(20);
  }
}

async function verify({ client }: OpenedAuditor, seen: readonly string[] = []) {
  const findings: proto.VerificationFinding[] = [];
  const request = { keys: [], witnessKeys: [], witnesses: 0, seen: [...seen] };
  for await (const { part } of client.auditor.verifyLog(request)) {
    if (part?.$case === 'finding') findings.push(part.value);
    if (part?.$case === 'report') return { findings, report: part.value };
  }
  throw new Error('nothing was reported');
}

let copies = 0;
/** Opens a copy of an installation after something was done to it. */
async function opened(
  from: string,
  harm: (dir: string) => void,
  test: (auditor: OpenedAuditor) => Promise<void>,
) {
  const dir = at(`copy-${copies++}`);
  cpSync(from, dir, { recursive: true });
  harm(dir);
  const auditor = await openAuditorForTest(dir);
  try {
    await test(auditor);
  } finally {
    await auditor.close();
  }
}
const lose =
  (...names: readonly string[]) =>
  (dir: string) =>
    names.forEach((name) => rmSync(join(dir, name), { recursive: true, force: true }));
const readModels = ['views.sqlite', 'views.sqlite-wal', 'views.sqlite-shm'];

describe('recovery', () => {
  it('from a backup that was made while it ran has the root it had, and goes on from there', () =>
    opened(
      backedUp,
      () => undefined,
      async (auditor) => {
        const events = (await Array.fromAsync(auditor.engines.eventStore.readAll())).flat();
        expect(events.length).toBeGreaterThanOrEqual(sizeThen);
        await writeRun(auditor.engines, 'later');
        await checkpointOf(auditor, events.length + perRun);
        const then = readFileSync(join(backedUp, 'audit-log', 'checkpoints', String(sizeThen)), 'utf8');
        const { findings, report } = await verify(auditor, [then]);
        expect([findings, report.intact]).toEqual([[], true]);
      },
    ));

  it('of lost read models makes them again; the log stays what it was', () =>
    opened(whole, lose(...readModels), async (auditor) => {
      const { report } = await verify(auditor, [note]);
      expect(report).toMatchObject({ intact: true, logSize: size, events: size });
      let events = 0;
      const everything = { subject: '', namespace: '', asOf: undefined, types: [], limit: 0, follow: false };
      for await (const { event } of auditor.client.auditor.readHistory(everything)) if (event) events++;
      expect(events).toBeGreaterThanOrEqual(size);
    }));

  it('of lost tiles writes them again from the events, to the root that was signed', () =>
    opened(whole, lose('audit-log/tile', 'audit-log/checkpoint'), async (auditor) => {
      expect(await checkpointOf(auditor, size)).toMatchObject({ size });
      const { findings, report } = await verify(auditor, [note]);
      expect([findings, report.intact]).toEqual([[], true]);
    }));

  it('of the whole log, with nobody but a reader who remembers it, comes to the same root', () =>
    opened(whole, lose('audit-log', ...readModels), async (auditor) => {
      expect(await checkpointOf(auditor, size)).toMatchObject({ size });
      expect((await verify(auditor, [note])).report).toMatchObject({ intact: true, checkpoints: 3 });
    }));

  it('of the last events there is none: they are named, each one, and the log does not go on as if nothing were', () =>
    opened(
      whole,
      (dir) => {
        const database = new DatabaseSync(join(dir, 'events.sqlite'));
        database.exec(`DELETE FROM events WHERE seq > ${size - perRun}`);
        database.close();
        lose(...readModels)(dir);
      },
      async (auditor) => {
        const { findings, report } = await verify(auditor);
        const lost = Array.from({ length: perRun }, (_, i) => size - perRun + i);
        const missing = findings.filter(({ code }) => code === 'EVENT_MISSING');
        expect(missing.slice(0, -1).map(({ index }) => index)).toEqual(lost);
        expect(
          missing.every(({ stream, eventId }, i) => i === perRun || (stream !== '' && eventId !== '')),
        ).toBe(true);
        expect(missing.at(-1)?.message).toContain(`${lost[0]}–${lost.at(-1)}`);
        expect(report).toMatchObject({ intact: false, logSize: size });
        const because = async () => {
          const { diagnosis } = await auditor.client.auditor.diagnose({});
          return diagnosis?.parts.find(({ part }) => part === 'auditor:audit-log')?.because ?? '';
        };
        while (!(await because()).includes('LOG_AHEAD')) await systemClock.sleep(20);
      },
    ));
});
