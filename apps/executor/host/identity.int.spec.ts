import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemChance } from '#kernel';
import { openIdentity } from './identity.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-identity-'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('the id of an executor', () => {
  it('is drawn once for each data folder', async () => {
    const id = await openIdentity(join(dir, 'data'), systemChance);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await openIdentity(join(dir, 'data'), systemChance)).toBe(id);
    expect(await openIdentity(join(dir, 'other'), systemChance)).not.toBe(id);
  });

  it.each(['', '{}', '{"id":"7"}'])('is not made up anew when its record is damaged: %p', async (text) => {
    await writeFile(join(dir, 'executor.json'), text);
    await expect(openIdentity(dir, systemChance)).rejects.toMatchObject({ code: 'EXECUTOR_RECORD_CORRUPT' });
  });
});
