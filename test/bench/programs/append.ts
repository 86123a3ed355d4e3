import { streamId, systemChance, systemClock, type Decider, type StreamId } from '#kernel';
import { eventCodec } from '#contracts/stored';
import { openSqliteEventStore } from '#event-store/sqlite';
import { fileSubjects } from '#key-store';
import { commandHandler } from '#runtime';
import { DatabaseSync } from 'node:sqlite';
import type { Program } from '../harness/figure.js';
import { pace } from '../support/callers.js';
import { temporaryFolder } from '../support/folder.js';

type Noted = { readonly type: 'Noted'; readonly note: string };

const callers = 64;
const note = 'x'.repeat(300);
const decider: Decider<string, number, Noted> = {
  initial: 0,
  decide: (text) => [{ type: 'Noted', note: text }],
  evolve: (count) => count + 1,
};

/** Commands through handler, decider, codec and event store, each of them one event, every caller on a stream of its own. */
export const append: Program = async (full) => {
  const forMs = full ? 3000 : 500;
  const folder = await temporaryFolder('append');
  const eventStore = await openSqliteEventStore({ path: folder.at('events.sqlite') });
  const { execute } = commandHandler({
    ...{ decider, codec: eventCodec<Noted>({ Noted: { version: 1 } }), eventStore },
    people: fileSubjects(folder.at('people')),
    ...{ service: { name: 'bench', version: '0' }, clock: systemClock, chance: systemChance },
  });
  const streams = Array.from({ length: callers }, () => streamId('note', systemChance.uuid()));
  const command = (caller: number) =>
    execute(streams[caller] as StreamId, note, {
      ...{ commandId: systemChance.uuid(), correlationId: 'bench' },
      ...{ actor: { id: 'bench', type: 'person', roles: [] }, receivedAt: systemClock.now() },
    });
  await pace(forMs, callers, command);

  const database = new DatabaseSync(folder.at('bare.sqlite'));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE events (seq INTEGER PRIMARY KEY, stream INTEGER, revision INTEGER, id BLOB UNIQUE, bytes BLOB,
      UNIQUE (stream, revision))`);
  const insert = database.prepare('INSERT INTO events (stream, revision, id, bytes) VALUES (?, ?, ?, ?)');
  let revision = 0;
  function group(): void {
    database.exec('BEGIN');
    for (let stream = 0; stream < callers; stream++)
      insert.run(stream, revision, systemChance.bytes(16), Buffer.from(JSON.stringify({ note, revision })));
    database.exec('COMMIT');
    revision++;
  }
  return {
    ours: async () => ({ 'append.rate': (await pace(forMs, callers, command)).perSecond }),
    bare: async () => ({
      'append.rate': (await pace(forMs, 1, () => Promise.resolve(group()))).perSecond * callers,
    }),
    async close() {
      await eventStore.close();
      database.close();
      await folder.remove();
    },
  };
};
