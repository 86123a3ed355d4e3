import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sampleHistory } from './testing/verified.js';

let history: Awaited<ReturnType<typeof sampleHistory>>;
beforeAll(async () => {
  history = await sampleHistory(50, [50]);
});
afterAll(() => history.remove());

async function found(sql: string): Promise<unknown[]> {
  const copy = history.copy();
  copy.sql(`PRAGMA foreign_keys = OFF; ${sql}`);
  const { findings, report } = await copy.verify();
  expect(report.findings).toBe(findings.length);
  return findings.map(({ code, stream, message }) => `${code} ${stream ?? ''} ${message}`);
}

const withoutUnique = (table: string) =>
  `CREATE TABLE anew AS SELECT * FROM ${table}; DROP TABLE ${table}; ALTER TABLE anew RENAME TO ${table};`;

/** What the events show in their order is whole in each of these. */
describe('a database of events that hides some of them from who reads it otherwise', () => {
  it('has a trigger, which may drop what is appended', async () => {
    const trigger =
      'CREATE TRIGGER quiet AFTER INSERT ON events BEGIN DELETE FROM events WHERE seq = new.seq; END';
    expect(await found(trigger)).toEqual([expect.stringMatching(/^STORE_DAMAGED .*trigger, quiet/)]);
  });

  it('has a kind twice, so that a reader of one misses the other', async () => {
    const sql = `${withoutUnique('names')} INSERT INTO names SELECT 99, name FROM names WHERE name = 'run';
      UPDATE streams SET kind = 99; UPDATE events SET kind = 99`;
    expect(await found(sql)).toEqual([expect.stringMatching(/^STORE_DAMAGED .*the same name/)]);
  });

  it('has a stream twice, one of them empty', async () => {
    const sql = `${withoutUnique('streams')} INSERT INTO streams SELECT id + 900, name, kind FROM streams WHERE id = 1;
      UPDATE events SET stream = stream + 900 WHERE stream = 1`;
    expect(await found(sql)).toEqual([expect.stringMatching(/^STORE_DAMAGED .*the same name/)]);
  });

  it('has an event before the first place, where the log never looks', async () => {
    const { stream } = history.events[0]!;
    const sql = `INSERT INTO events SELECT -3, stream, 7, kind, type, x'00112233445566778899aabbccddeeff', bytes FROM events WHERE seq = 1`;
    expect(await found(sql)).toEqual([expect.stringContaining(`STREAM_BROKEN ${stream} `)]);
  });

  it('has one so far away that nobody would get there place by place', async () => {
    expect(await found('UPDATE events SET seq = 9007199254740000 WHERE seq = 50')).toEqual([
      expect.stringContaining('EVENT_REORDERED'),
    ]);
  });
});
