import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { epochMs, systemClock, toInstant, type Clock } from '#kernel';
import { factOfFile } from './file-fact.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-fact-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Sees files as old as they would be in an hour. */
const later = {
  ...systemClock,
  now: () => toInstant(epochMs(systemClock.now()) + 3_600_000),
};

async function askedAbout(
  name: string,
  clockOf: (path: string) => Promise<Clock> = () => Promise.resolve(later),
) {
  const path = join(dir, name);
  await writeFile(path, 'one');
  const clock = await clockOf(path);
  const asked: string[] = [];
  const fact = factOfFile(async (at) => {
    const text = await readFile(at, 'utf8');
    asked.push(text);
    if (text === 'bad') throw new Error('bad');
    return text;
  }, clock);
  return { path, asked, fact: () => fact(path) };
}

it('is asked for once while the file stays the same, also by several at once', async () => {
  const { asked, fact } = await askedAbout('same');
  expect(await Promise.all([fact(), fact()])).toEqual(['one', 'one']);
  expect(await fact()).toBe('one');
  expect(asked).toEqual(['one']);
});

it('is asked for again when the bytes, or the file at that path, are others', async () => {
  const { path, fact } = await askedAbout('changing');
  await fact();
  await writeFile(path, 'two');
  expect(await fact()).toBe('two');
  await writeFile(`${path}.new`, 'six');
  await rename(`${path}.new`, path);
  expect(await fact()).toBe('six');
});

it('is not fooled by a time of change that was set back', async () => {
  const { path, fact } = await askedAbout('set-back');
  await utimes(path, 1, 1);
  await fact();
  await writeFile(path, 'two');
  await utimes(path, 1, 1);
  expect(await fact()).toBe('two');
});

it('is not kept of a file written within the last two seconds', async () => {
  const { asked, fact } = await askedAbout('fresh', async (path) => {
    const { mtimeMs } = await stat(path);
    return { ...systemClock, now: () => toInstant(mtimeMs + 1900) };
  });
  await fact();
  await fact();
  expect(asked).toEqual(['one', 'one']);
});

it('is asked for again after it could not be found out', async () => {
  const { path, asked, fact } = await askedAbout('failing');
  await writeFile(path, 'bad');
  await expect(fact()).rejects.toThrow('bad');
  await expect(fact()).rejects.toThrow('bad');
  expect(asked).toEqual(['bad', 'bad']);
});
