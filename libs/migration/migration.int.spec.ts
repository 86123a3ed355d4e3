import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { digestBytes } from '#evidence';
import { openFileArtifactStore } from '#artifact-store/file';
import { openSqliteEventStore } from '#event-store/sqlite';
import type { EventStore } from '#event-store';
import { scattered } from './testing/scattered.js';
import { copyArtifacts, copyHistory, proveSame } from './index.js';

let dir: string;
const open: { close(): Promise<void> }[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-migration-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  await rm(dir, { recursive: true, force: true });
});

async function store(name: string): Promise<EventStore> {
  const opened = await openSqliteEventStore({ path: join(dir, `${name}.sqlite`) });
  open.push(opened);
  return opened;
}
const differs = (index: number) =>
  expect.objectContaining({ kind: 'integrity', code: 'HISTORY_DIFFERS', facts: { index } });

describe('a history', () => {
  it('is carried over: bytes, ids, revisions, and the one order of all streams', async () => {
    const [a, b] = [await store('a'), await store('b')];
    const count = await scattered(a, 300);
    expect(await copyHistory(a, b)).toEqual({ events: count, copied: count });
    const proof = await proveSame(a, b);
    expect(proof.events).toBe(count);
    expect(await proveSame(b, a)).toEqual(proof);
    expect(await copyHistory(a, b)).toEqual({ events: count, copied: 0 });
  });

  it('that was broken off is gone on with', async () => {
    const [a, b] = [await store('a'), await store('b')];
    const count = await scattered(a, 200);
    const stop = new AbortController();
    const copying = copyHistory(a, b, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(copying).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(proveSame(a, b)).rejects.toThrow();
    const { events, copied } = await copyHistory(a, b);
    expect(events).toBe(count);
    expect(copied).toBeLessThan(count);
    expect((await proveSame(a, b)).events).toBe(count);
  });

  it('is proven so far where its source goes on', async () => {
    const [a, b] = [await store('a'), await store('b')];
    const count = await scattered(a, 50);
    await copyHistory(a, b);
    await scattered(a, 10);
    await expect(proveSame(a, b)).rejects.toEqual(differs(count));
    expect((await proveSame(a, b, { events: count })).events).toBe(count);
  });

  it('is not mixed with another one', async () => {
    const [a, b] = [await store('a'), await store('b')];
    await scattered(a, 20);
    await scattered(b, 20);
    await expect(copyHistory(a, b)).rejects.toEqual(differs(0));
    const [c, d] = [await store('c'), await store('d')];
    await scattered(c, 20);
    await copyHistory(c, d);
    const more = await scattered(d, 1);
    expect(more).toBeGreaterThan(0);
    await expect(copyHistory(c, d)).rejects.toMatchObject({ code: 'HISTORY_LONGER' });
    await expect(proveSame(c, d)).rejects.toThrow(/the first history ends after/);
  });
});

describe('artifacts', () => {
  it('are carried over once, and hashed where they come in', async () => {
    const [from, to] = await Promise.all(
      ['from', 'to'].map((name) => openFileArtifactStore({ dir: join(dir, name) })),
    );
    if (from === undefined || to === undefined) throw new Error('two stores were opened');
    open.push(from, to);
    const sizes = [0, 1, 70_000, 200_000, ...Array.from({ length: 700 }, (_, i) => 8 + i)];
    const blobs = sizes.map((size) => randomBytes(size));
    for (const blob of blobs) await from.put(blob, { settleLater: true });
    const distinct = new Set(blobs.map((blob) => digestBytes(blob)));
    const bytes = [...sizes].reduce((sum, size) => sum + size, 0);
    const whole = { blobs: distinct.size, bytes };
    expect(await copyArtifacts(from, to)).toEqual({ ...whole, copied: distinct.size });
    expect(await to.missing([...distinct])).toEqual([]);
    expect(await copyArtifacts(from, to)).toEqual({ ...whole, copied: 0 });
  });
});
