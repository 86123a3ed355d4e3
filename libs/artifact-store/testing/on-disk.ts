import { existsSync } from 'node:fs';
import { appendFile, chmod, readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Digest } from '#kernel';
import type { Damage } from './under-test.js';

/** Damages a blob of a store in a folder: its row in the pack, or its file. */
export async function damageOnDisk(dir: string, digest: Digest, how: Damage): Promise<void> {
  const hex = hexOf(digest);
  const path = pathOf(dir, hex);
  if (existsSync(path)) return damageFile(path, how);
  inPack(dir, (pack) => {
    const where = 'WHERE place = (SELECT place FROM blobs WHERE digest = ?)';
    const row = pack.prepare(`SELECT bytes FROM contents ${where}`).get(Buffer.from(hex, 'hex'));
    if (row === undefined) throw new Error(`${digest} is not in the pack`);
    const bytes = damaged(row['bytes'] as Uint8Array, how);
    pack.prepare(`UPDATE contents SET bytes = ? ${where}`).run(bytes, Buffer.from(hex, 'hex'));
  });
}

/** Leaves of a packed blob what no reader understands: its bytes are gone, and a list cannot go past it. */
export function wreckInPack(dir: string, digest: Digest): void {
  const key = Buffer.from(hexOf(digest), 'hex');
  inPack(dir, (pack) => {
    pack.prepare('DELETE FROM contents WHERE place = (SELECT place FROM blobs WHERE digest = ?)').run(key);
    pack.prepare('UPDATE blobs SET stored_at = -1 WHERE digest = ?').run(key);
  });
}

/** As if the blob had come at that time. */
export async function storedLongAgo(dir: string, digest: Digest, atMs: number): Promise<void> {
  const hex = hexOf(digest);
  const path = pathOf(dir, hex);
  if (existsSync(path)) await utimes(path, new Date(atMs), new Date(atMs));
  inPack(dir, (pack) =>
    pack.prepare('UPDATE blobs SET stored_at = ? WHERE digest = ?').run(atMs, Buffer.from(hex, 'hex')),
  );
}

/** What a folder holds by its names, whole or not. */
export async function digestsOnDisk(dir: string): Promise<Digest[]> {
  const files = await readdir(join(dir, 'blobs'), { recursive: true });
  const names = files.map((path) => basename(path)).filter((name) => /^[0-9a-f]{64}$/.test(name));
  inPack(dir, (pack) => {
    for (const { hex } of pack.prepare('SELECT lower(hex(digest)) AS hex FROM blobs').all())
      names.push(String(hex));
  });
  return [...new Set(names)].map((hex) => `sha256:${hex}` as Digest);
}

const hexOf = (digest: Digest): string => digest.slice('sha256:'.length);
const pathOf = (dir: string, hex: string): string =>
  join(dir, 'blobs', 'sha256', hex.slice(0, 2), hex.slice(2, 4), hex);

function inPack(dir: string, work: (pack: DatabaseSync) => void): void {
  const pack = new DatabaseSync(join(dir, 'pack.sqlite'));
  try {
    pack.exec('PRAGMA busy_timeout = 60000');
    work(pack);
  } finally {
    pack.close();
  }
}

async function damageFile(path: string, how: Damage): Promise<void> {
  await chmod(path, 0o644);
  const bytes = await readFile(path);
  if (how === 'shortened') return truncate(path, bytes.length - 1);
  if (how === 'emptied') return truncate(path, 0);
  if (how === 'lengthened') return appendFile(path, 'x');
  await writeFile(path, damaged(bytes, how));
}

/** Bytes as they are after that has happened to them. */
export function damaged(bytes: Uint8Array, how: Damage): Uint8Array {
  if (how === 'shortened') return bytes.subarray(0, -1);
  if (how === 'emptied') return new Uint8Array();
  if (how === 'lengthened') return Buffer.concat([bytes, Buffer.from('x')]);
  const changed = Uint8Array.from(bytes);
  const at = bytes.length >> 1;
  changed[at] = (changed[at] as number) ^ 1;
  return changed;
}
