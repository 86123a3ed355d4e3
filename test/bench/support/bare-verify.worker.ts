import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { hashBytes, merkleRootOfRow, tilePath, tileWidth } from '#evidence';

/** As little as it can be: the rows, the files and the index check of a verification, its hashes, and no comparison. */
const { store, log, events, next } = workerData as {
  store: string;
  log: string;
  events: number;
  next: Int32Array;
};
const database = new DatabaseSync(store, { readOnly: true });
const rows = database.prepare(
  'SELECT seq, stream, revision, event_id, type, bytes FROM events WHERE seq > ? AND seq <= ?',
);
rows.setReturnArrays(true);
const perTurn = 16 * tileWidth;

for (let turn = Atomics.add(next, 0, 1); ; turn = Atomics.add(next, 0, 1)) {
  // The first turn is the check of indexes.
  if (turn === 0) {
    database.prepare('PRAGMA integrity_check(20)').all();
    continue;
  }
  const from = (turn - 1) * perTurn;
  if (from >= events) break;
  const to = Math.min(events, from + perTurn);
  for (let index = from / tileWidth; index * tileWidth < to; index++) {
    const width = Math.min(tileWidth, events - index * tileWidth);
    const bundle = readFileSync(`${log}/${tilePath({ level: 'entries', index, width })}`);
    readFileSync(`${log}/${tilePath({ level: 0, index, width })}`);
    const hashes = Buffer.alloc(width * hashBytes);
    for (let [i, at] = [0, 0]; at < bundle.length; i++) {
      const end = at + 2 + bundle.readUInt16BE(at);
      // The cheapest way that is known: what is hashed lies in the file, and comes out as a text.
      bundle[at + 1] = 0;
      hashes.write(hash('sha256', bundle.subarray(at + 1, end), 'latin1'), i * hashBytes, 'latin1');
      at = end;
    }
    if (width === tileWidth) merkleRootOfRow(hashes);
  }
  for (const row of rows.iterate(from, to) as Iterable<unknown>)
    hash('sha256', (row as Uint8Array[])[5] as Uint8Array);
}
parentPort?.postMessage('done');
