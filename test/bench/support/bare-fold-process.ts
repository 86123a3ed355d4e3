import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { bareFold } from './bare-fold.js';

/** A process of its own that folds the events of a store as little as that can be; says events a second and its memory. */
const [source = '', target = ''] = process.argv.slice(2);
const rows = new DatabaseSync(source, { readOnly: true }).prepare('SELECT stream, bytes FROM events');
function* events() {
  for (const { stream, bytes } of rows.iterate()) yield { id: String(stream), bytes: bytes as Uint8Array };
}
const fold = bareFold(`${target}.${randomUUID()}`, events());
const rate = fold.fold();
process.stdout.write(JSON.stringify({ rate, peakMb: process.resourceUsage().maxRSS / 1024 }));
