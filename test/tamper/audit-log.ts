import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { formatCheckpoint, merkleRoot, parseCheckpoint, signNote } from '#evidence';
import { isDomainError, type Json } from '#kernel';
import { sampleEvents, testSigner, verified, writeEventStore, writeLog } from '#verification/testing';
import type { Outcome, Specimen, Subject } from './subject.js';

const sizes = [100, 256, 300, 520];

async function specimen(
  folder: string,
  parts: (files: readonly string[]) => readonly string[],
): Promise<Specimen> {
  const signer = testSigner();
  const events = sampleEvents(540);
  writeEventStore(join(folder, 'events.db'), events);
  await writeLog(join(folder, 'log'), events.slice(0, sizes.at(-1)), sizes, signer);
  const seen = [readFileSync(join(folder, 'log/checkpoint'), 'utf8')];

  async function verify(copy: string): Promise<Outcome> {
    try {
      const { findings, report } = await verified({
        ...{ eventStore: `sqlite:${join(copy, 'events.db')}`, log: `file:${join(copy, 'log')}` },
        ...{ policy: { keys: [signer.verifier] }, seen, threads: 0 },
      });
      if (!report.intact) return { refused: findings.map(({ code }) => code) };
      const { checkpoints: _, ...told } = report;
      return { told: JSON.parse(JSON.stringify(told)) as Json };
    } catch (error) {
      if (!isDomainError(error)) throw error;
      return { refused: [error.code] };
    }
  }

  const rewrite = (copy: string, file: string, change: (text: string) => string | Promise<string>) =>
    Promise.resolve(change(readFileSync(join(copy, file), 'utf8'))).then((text) =>
      writeFileSync(join(copy, file), text),
    );
  const sql = (copy: string, statements: string) => {
    const database = new DatabaseSync(join(copy, 'events.db'));
    database.exec(statements);
    database.close();
  };
  const tricks: Specimen['tricks'] = {
    'sign the checkpoint with another key of the same name': (copy) =>
      rewrite(copy, 'log/checkpoint', (note) =>
        signNote(formatCheckpoint(parseCheckpoint(note)), [testSigner()]),
      ),
    'replay an old checkpoint': (copy) =>
      cpSync(join(copy, 'log/checkpoints/300'), join(copy, 'log/checkpoint')),
    'roll the log back to an old checkpoint, and forget the later ones': (copy) => {
      cpSync(join(copy, 'log/checkpoints/300'), join(copy, 'log/checkpoint'));
      rmSync(join(copy, 'log/checkpoints/520'));
    },
    'write history anew with the log, and sign it with another key': async (copy) => {
      rmSync(join(copy, 'log'), { recursive: true });
      rmSync(join(copy, 'events.db'));
      const forged = sampleEvents(540, (i) => (i === 200 ? { reason: 'forged' } : {}));
      writeEventStore(join(copy, 'events.db'), forged);
      await writeLog(join(copy, 'log'), forged.slice(0, 520), sizes, testSigner());
    },
    'write history anew with the log, signed with the right key': async (copy) => {
      rmSync(join(copy, 'log'), { recursive: true });
      rmSync(join(copy, 'events.db'));
      const forged = sampleEvents(540, (i) => (i === 200 ? { reason: 'forged' } : {}));
      writeEventStore(join(copy, 'events.db'), forged);
      await writeLog(join(copy, 'log'), forged.slice(0, 520), sizes, signer);
    },
    'sign a root of nothing for the same size': (copy) =>
      rewrite(copy, 'log/checkpoint', (note) =>
        signNote(formatCheckpoint({ ...parseCheckpoint(note), root: merkleRoot([]) }), [signer]),
      ),
    'delete an event': (copy) => sql(copy, 'DELETE FROM events WHERE seq = 77'),
    'delete the newest logged events': (copy) => sql(copy, 'DELETE FROM events WHERE seq > 500'),
    'insert an event': (copy) =>
      sql(
        copy,
        'UPDATE events SET seq = -seq WHERE seq > 99; UPDATE events SET seq = 1 - seq WHERE seq < 0; INSERT INTO events SELECT 100, stream, 7, kind, type, randomblob(16), bytes FROM events WHERE seq = 99',
      ),
    'exchange two events': (copy) =>
      sql(
        copy,
        'UPDATE events SET seq = -1 WHERE seq = 9; UPDATE events SET seq = 9 WHERE seq = 90; UPDATE events SET seq = 90 WHERE seq = -1',
      ),
    'double an event': (copy) =>
      sql(
        copy,
        'DROP INDEX events_by_id; DROP INDEX events_by_stream; INSERT INTO events SELECT 541, stream, revision, kind, type, event_id, bytes FROM events WHERE seq = 9',
      ),
    'change the type of an event': (copy) =>
      sql(copy, 'UPDATE events SET type = 2 + (type = 2) WHERE seq = 50'),
    'change the name of a stream': (copy) => sql(copy, "UPDATE streams SET name = name || '0' WHERE id = 3"),
    'file an event under another kind': (copy) =>
      sql(copy, "INSERT INTO names VALUES (9, 'sweep'); UPDATE events SET kind = 9 WHERE seq = 50"),
  };
  return { folder, parts: parts(filesIn(folder)), tricks, verify };
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => name.replaceAll('\\', '/'))
    .sort();

export const eventDatabase: Subject = {
  name: 'event database',
  open: (folder) => specimen(folder, () => ['events.db']),
  runs: 30,
  harmless: ({ part }) => (part === 'events.db' ? 'unused bytes of a database file' : undefined),
};

export const tilesAndCheckpoints: Subject = {
  name: 'tiles and checkpoints',
  open: async (folder) => ({
    ...(await specimen(folder, (files) => files.filter((file) => file.startsWith('log/')))),
    tricks: {},
  }),
  runs: 30,
  harmless: ({ part, kind }) =>
    kind === 'remove' && part.startsWith('log/checkpoints/')
      ? 'an earlier checkpoint that is gone'
      : undefined,
};
