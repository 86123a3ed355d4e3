import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatVerifierKey } from '#evidence';
import { origin, sampleHistory } from '#verification/testing';
import { answering } from '../testing/answering.js';
import { backup, restore } from './backup.js';

const events = 20;
let history: Awaited<ReturnType<typeof sampleHistory>>;
let dir: string;
beforeAll(async () => {
  history = await sampleHistory(events, [events]);
  dir = mkdtempSync(join(tmpdir(), 'holdfast-backup-'));
});
afterAll(() => {
  history.remove();
  rmSync(dir, { recursive: true });
});

const at = (...names: string[]) => join(dir, ...names);
const recordOf = (folder: string) =>
  JSON.parse(readFileSync(at(folder, 'backup.json'), 'utf8')) as Record<string, unknown>;

/** A data folder with that history in it, and no artifacts so far. */
function installation(name: string): void {
  const { store, log } = history.copy();
  mkdirSync(at(name, 'artifacts/blobs'), { recursive: true });
  cpSync(store, at(name, 'events.sqlite'));
  cpSync(log, at(name, 'audit-log'), { recursive: true });
  const pack = new DatabaseSync(at(name, 'artifacts/pack.sqlite'));
  pack.exec('CREATE TABLE blobs (digest BLOB PRIMARY KEY) WITHOUT ROWID');
  pack.close();
}

/** How it ends, and what it says. */
async function run(verb: typeof backup, dataDir: string, folder: string) {
  const key = formatVerifierKey(origin, history.signer.publicKey);
  const auditor = {
    getSigningKeys: () => Promise.resolve({ origin, keys: [{ key }] }),
    getCheckpoint: () => Promise.resolve({ size: events }),
  };
  const { session, said } = answering({ auditor });
  const own = { dataDir: at(dataDir), env: { HOME: at('home') } };
  return [await verb({ ...session, ...own }, [at(folder)], {}), said().out] as const;
}

describe('a backup', () => {
  it('of an installation that is whole is restored as all that it held, also where its record is of an earlier release', async () => {
    installation('sound');
    expect(await run(backup, 'sound', 'whole')).toEqual([0, expect.stringContaining(': holds')]);
    const { lost, notIn, ...earlier } = recordOf('whole');
    expect([lost, notIn]).toEqual([[], []]);
    writeFileSync(at('whole/backup.json'), JSON.stringify(earlier));
    expect(await run(restore, 'restored', 'whole')).toEqual([0, expect.stringContaining('all that it held')]);
  });

  it.each([
    ['damaged', (pack: string) => writeFileSync(pack, 'garbage'), 'file is not a database'],
    ['gone', (pack: string) => rmSync(pack), 'it is gone'],
  ])(
    'of one whose pack of artifacts is %s says so, then and whenever it is restored',
    async (name, harm, why) => {
      installation(name);
      const pack = at(name, 'artifacts/pack.sqlite');
      harm(pack);
      const lost = `the small artifacts of ${pack}: ${why}`;
      expect(await run(backup, name, `of ${name}`)).toEqual([5, expect.stringContaining(`LOST: ${lost}`)]);
      expect(recordOf(`of ${name}`)).toMatchObject({ lost: [lost] });
      const [status, said] = await run(restore, `from ${name}`, `of ${name}`);
      expect(status).toBe(5);
      expect(said).toMatch(/LOST: when it was made on \S+, the small artifacts/);
      expect(said).toContain(lost);
      expect(said).not.toContain('all that it held');
    },
  );
});
