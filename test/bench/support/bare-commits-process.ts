import { DatabaseSync } from 'node:sqlite';

/** A process of its own: so many commits of so many rows. */
const [path = '', commits = '0', rows = '0'] = process.argv.slice(2);
const database = new DatabaseSync(path);
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
database.exec('CREATE TABLE IF NOT EXISTS ends (run INTEGER)');
const insert = database.prepare('INSERT INTO ends VALUES (?)');
for (let i = 0; i < Number(commits); i++) {
  database.exec('BEGIN');
  for (let row = 0; row < Number(rows); row++) insert.run(row);
  database.exec('COMMIT');
}
// Without the checkpoint that closing makes: what a run needs, not what the end of a process does.
process.kill(process.pid, 'SIGKILL');
