import type { DatabaseSync } from 'node:sqlite';
import type { Damage } from './event-source.js';

/** Problems of each sort that are named. */
const named = 20;

/** What keeps an event from being there twice, two from having one place, and a name from meaning two; whether it does, the engine's own check says. */
const mustBeUnique = [
  {
    table: 'events',
    what: 'two events from having the same event_id, stream',
    any: ['event_id, stream', 'event_id'],
  },
  { table: 'events', what: 'two events from having the same stream, revision', any: ['stream, revision'] },
  { table: 'streams', what: 'two streams from having the same name', any: ['name'] },
  { table: 'names', what: 'two kinds or types from having the same name', any: ['name'] },
] as const;
const unique = `SELECT group_concat(i.name, ', ') FROM pragma_index_list(?) l, pragma_index_info(l.name) i
  WHERE l."unique" AND NOT l.partial GROUP BY l.name`;
/** Whatever acts by itself when an event is appended, or stands before what is there. */
const ofNobody = `SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view') ORDER BY name LIMIT ?`;
const gaps = `SELECT (SELECT name FROM streams WHERE id = stream), count(*), max(revision) FROM events
  GROUP BY stream HAVING max(revision) + 1 <> count(*) LIMIT ?`;
const misfiled = `SELECT s.name FROM streams s LEFT JOIN names n ON n.id = s.kind
  WHERE n.name IS NOT substr(s.name, 1, instr(s.name, '-') - 1) LIMIT ?`;
const beforeAll = `SELECT (SELECT name FROM streams WHERE id = stream), revision, seq FROM events WHERE seq < 1 ORDER BY seq LIMIT ?`;

/** What is wrong with the file itself, and with what no place in the order of its events shows. */
export function damageIn(database: DatabaseSync): readonly Damage[] {
  const all = (sql: string, ...parameters: (string | number)[]): unknown[][] => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return statement.all(...parameters) as unknown as unknown[][];
  };
  const file = (message: string): Damage => ({ what: 'file', message });
  const ofStream = (stream: unknown, message: string): Damage => ({
    ...{ what: 'stream', stream: String(stream) },
    message: `${String(stream)} ${message}`,
  });
  const isUnique = ({ table, any }: (typeof mustBeUnique)[number]): boolean => {
    const kept = all(unique, table).map(([columns]) => String(columns));
    return any.some((columns) => kept.includes(columns));
  };
  return [
    ...all(`PRAGMA integrity_check(${named})`).flatMap(([said]) => (said === 'ok' ? [] : file(String(said)))),
    ...mustBeUnique
      .filter((each) => !isUnique(each))
      .map(({ what }) => file(`nothing keeps ${what}: the index over them is gone`)),
    ...all(ofNobody, named).map(([type, name]) =>
      file(`it has a ${String(type)}, ${String(name)}, that none of our releases has made`),
    ),
    ...all(gaps, named).map(([stream, count, last]) =>
      ofStream(stream, `has ${String(count)} events, the last one with revision ${String(last)}`),
    ),
    ...all(misfiled, named).map(([stream]) =>
      ofStream(stream, 'is filed under another kind than its name has'),
    ),
    ...all(beforeAll, named).map(([stream, revision, seq]) =>
      ofStream(
        stream,
        `has its revision ${String(revision)} at place ${String(seq)}, before the first, where the log never looks`,
      ),
    ),
  ];
}
