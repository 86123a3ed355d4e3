import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { bareFold } from './bare-fold.js';

/** A process of its own that folds the events of a store as little as that can be; says events a second and its memory. */
const [source = '', target = ''] = process.argv.slice(2);
const rows = new DatabaseSync(source, { readOnly: true })
  .prepare('SELECT stream AS id, bytes FROM events')
  .all() as unknown as { readonly id: number; readonly bytes: Uint8Array }[];
const events = rows.map(({ id, bytes }) => ({ id: String(id), bytes }));
const fold = bareFold(`${target}.${randomUUID()}`, events);
const rate = fold.fold();
process.stdout.write(JSON.stringify({ rate, peakMb: process.resourceUsage().maxRSS / 1024 }));
