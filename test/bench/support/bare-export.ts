import { closeSync, openSync, writeSync } from 'node:fs';
import { createHash, hash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';

const perRead = 500;

/**
 * Events of a store as one file, as little as that can be: read, parse, hash each and the whole, a line of JSON and a line of a table.
 * @returns events a second
 */
export function bareExport(store: string, out: string): number {
  const database = new DatabaseSync(store, { readOnly: true });
  const read = database.prepare('SELECT seq, bytes FROM events WHERE seq > ? ORDER BY seq LIMIT ?');
  const file = openSync(out, 'w');
  const [lines, table] = [createHash('sha256'), createHash('sha256')];
  const startedAt = performance.now();
  let [count, crc] = [0, 0];
  for (let after = 0; after >= 0;) {
    const rows = read.all(after, perRead);
    let [json, csv] = ['', ''];
    for (const row of rows) {
      const text = Buffer.from(row['bytes'] as Uint8Array).toString();
      const leaf = hash('sha256', text);
      const { metadata } = JSON.parse(text) as { metadata: { recordedAt: string; actor: { id: string } } };
      hash('sha256', leaf);
      json += `{"leaf":"${leaf}","envelope":${text}}\n`;
      csv += `"${metadata.recordedAt}","${metadata.actor.id}","${text.replaceAll('"', '""')}"\r\n`;
      count++;
    }
    for (const [digest, part] of [
      [lines, Buffer.from(json)],
      [table, Buffer.from(csv)],
    ] as const) {
      digest.update(part);
      crc = crc32(part, crc);
      writeSync(file, part);
    }
    after = Number(rows.at(-1)?.['seq'] ?? -1);
  }
  closeSync(file);
  database.close();
  return (count * 1000) / (performance.now() - startedAt);
}
