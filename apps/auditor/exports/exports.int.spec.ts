import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streamId, type Instant } from '#kernel';
import { nameId, parseVerifierKeys, type VerifierKey } from '#evidence';
import type { auditor as proto } from '#contracts';
import { encodeEnvelope } from '#contracts/stored';
import { verifyExport, type ExportReport } from '#export-file';
import { openAuditorForTest, type OpenedAuditor } from '../testing/open-auditor.js';
import { person, writeRun } from '../testing/write-run.js';

let opened: OpenedAuditor;
let runs: readonly string[];
let dir: string;
let keys: readonly VerifierKey[];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-exports-'));
  opened = await openAuditorForTest();
  const [a, b] = [await writeRun(opened.engines, 'a'), await writeRun(opened.engines, 'b')];
  runs = [a.id, b.id];
  const metadata = {
    ...{ actor: person, correlationId: 'c', service: 'test', serviceVersion: '1', schemaVersion: 1 },
    recordedAt: '2030-01-31T09:30:00.000Z' as Instant,
  };
  const bytes = encodeEnvelope({ metadata, data: {} });
  const event = { eventId: nameId('event', 'later'), type: 'SomethingNew', bytes };
  await opened.engines.eventStore.append(streamId('note', nameId('n')), 'none', [event]);
  keys = (await opened.client.auditor.getSigningKeys({})).keys.flatMap(({ key }) => parseVerifierKeys(key));
});
afterAll(async () => {
  await opened.close();
  await rm(dir, { recursive: true });
});

const ask = (more: Partial<proto.ExportAuditRequest> = {}) =>
  opened.client.auditor.exportAudit({
    ...{ namespace: '', types: [], runs: [], blueprints: [], formats: [] },
    ...more,
  });

interface Taken {
  readonly report: ExportReport;
  readonly summary: proto.ExportSummary | undefined;
  readonly types: readonly string[];
}

async function take(more: Partial<proto.ExportAuditRequest> = {}): Promise<Taken> {
  const answers = await Array.fromAsync(ask(more));
  const path = join(dir, 'trail.zip');
  await writeFile(path, Buffer.concat(answers.map(({ chunk }) => chunk)));
  const report = await verifyExport(path, { keys });
  return { report, summary: answers.at(-1)?.summary, types: Object.keys(report.manifest?.types ?? {}) };
}

describe('an export', () => {
  it('of everything holds, is told of, and is itself recorded', async () => {
    const { report, summary } = await take({ reason: 'the yearly inspection' });
    expect(report.problems).toEqual([]);
    expect(report.proven.join('\n')).toContain('positions 0 to 12: 13 events and 0 leaves');
    expect(summary).toMatchObject({ events: 13, others: 0, firstIndex: 0, lastIndex: 12, logSize: 13 });
    const record = report.manifest?.record ?? '';
    const told = await Array.fromAsync(
      opened.client.auditor.readHistory({
        ...{ subject: record, namespace: '', asOf: undefined, types: [], limit: 0, follow: false },
      }),
    );
    expect(told.map(({ event }) => [event?.type, event?.reason])).toEqual([
      ['TrailExportStarted', 'the yearly inspection'],
      ['TrailExported', 'the yearly inspection'],
    ]);
    expect(Buffer.from(told[1]?.event?.envelope ?? '').toString()).toContain(summary?.manifestDigest);
  });

  it.each<[string, () => Partial<proto.ExportAuditRequest>, number]>([
    ['of a run', () => ({ runs: [runs[0] as string] }), 6],
    ['of runs that a study names', () => ({ runs: [...runs], study: 'both' }), 12],
    ['of a blueprint', () => ({ blueprints: ['species'] }), 12],
    ['of an actor', () => ({ actor: person.id, toIndex: 11 }), 4],
    ['of a type', () => ({ types: ['RunCompleted'] }), 2],
    ['of a range', () => ({ fromIndex: 3, toIndex: 7 }), 5],
    [
      'of a time',
      () => ({ recordedFrom: '2030-01-01T00:00:00.000Z', recordedTo: '2031-01-01T00:00:00.000Z' }),
      1,
    ],
    ['of a time in which nothing was', () => ({ recordedFrom: '2040-01-01T00:00:00.000Z' }), 0],
  ])('%s holds', async (_, asked, events) => {
    const { report, summary } = await take(asked());
    expect([report.problems, report.manifest?.events, summary?.events]).toEqual([[], String(events), events]);
  });

  it('says in which namespace it was looked up only where something was', async () => {
    const inside = async (more: object) => (await take({ namespace: 'n', ...more })).report.manifest?.filter;
    expect(await inside({})).toEqual({});
    expect(await inside({ runs: runs.slice(0, 1) })).toMatchObject({ namespace: 'n' });
  });

  it('of nonsense is refused with everything that is wrong', async () => {
    await expect(Array.fromAsync(ask({ formats: ['pdf'], study: 'x', fromIndex: -1 }))).rejects.toMatchObject(
      {
        problems: { length: 3 },
      },
    );
    await expect(Array.fromAsync(ask({ runs: ['ffff'] }))).rejects.toMatchObject({
      code: 'SUBJECT_NOT_FOUND',
    });
    await expect(Array.fromAsync(ask({ blueprints: ['never'] }))).rejects.toMatchObject({
      code: 'SUBJECT_NOT_FOUND',
    });
  });
});
