import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openLogFiles, tellingFaults } from './log-files.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-log-files-'));
  mkdirSync(join(root, 'folder'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  symlinkSync('circle', join(root, 'circle'));
  writeFileSync(join(root, 'sparse'), 'x');
  truncateSync(join(root, 'sparse'), 3 * 2 ** 30);
  writeFileSync(join(root, 'checkpoint'), 'a note');
});
afterAll(() => rmSync(root, { recursive: true }));

describe.each([true, false])('files of a log that is in strange hands, waits: %s', (waits) => {
  it('are read without waiting for anybody, and never more than a file of a log can have', async () => {
    const files = await openLogFiles(`file:${root}`, { waits });
    for (const none of ['pipe', 'folder', 'circle', 'absent', 'checkpoint/1'])
      expect(await files.read(none)).toBeUndefined();
    expect(Buffer.from((await files.read('checkpoint')) ?? []).toString()).toBe('a note');
    expect((await files.read('sparse'))?.length).toBe(256 * 65_537 + 1);
  });

  it('that cannot be read are a fault, and no finding', async () => {
    const files = tellingFaults(await openLogFiles(`file:${root}`, { waits }));
    const reading = files.read('x'.repeat(5000));
    await expect(reading).rejects.toMatchObject({ kind: 'unavailable', code: 'VERIFICATION_FAULT' });
  });
});
