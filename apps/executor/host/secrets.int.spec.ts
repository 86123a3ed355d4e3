import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSecret } from './secrets.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-secrets-'));
  await mkdir(join(dir, 'in', 'vault', 'research'), { recursive: true });
});
afterEach(() => rm(dir, { recursive: true }));

const root = () => join(dir, 'in');
const put = (path: string, value: string) => writeFile(join(dir, path), value);
const read = (reference: string, version = '3') => readSecret(root(), { reference, version });

describe('secrets of a host', () => {
  it('are files named for their reference and version, without their last line break', async () => {
    await put('in/vault/research/api@3', 'hush-hush\n');
    expect(await read('vault:research/api')).toEqual({ value: 'hush-hush' });
    expect(await read('vault:research/api', '4')).toEqual({
      missing: expect.stringContaining('no file vault/research/api@4'),
    });
  });

  it('may be links within the folder and never out of it', async () => {
    await put('in/vault/real', 'hush-hush');
    await put('outside', 'elsewhere');
    await symlink('../real', join(root(), 'vault/research/inner@3'));
    await symlink('../../../outside', join(root(), 'vault/research/outer@3'));
    expect(await read('vault:research/inner')).toEqual({ value: 'hush-hush' });
    expect(await read('vault:research/outer')).toEqual({ missing: expect.stringContaining('leads out') });
    expect(await read('vault:x/../../../outside')).toEqual({
      missing: expect.stringContaining('no path within'),
    });
  });

  it.each([
    ['', 'is empty'],
    ['\n', 'is empty'],
    ['x'.repeat(65_537), 'more than 65536 bytes'],
    ['a\0b', 'is no text'],
  ])('are refused when they cannot be a variable', async (value, message) => {
    await put('in/vault/research/api@3', value);
    expect(await read('vault:research/api')).toEqual({ missing: expect.stringContaining(message) });
  });

  it('are nowhere when no folder was named', async () => {
    expect(await readSecret(undefined, { reference: 'vault:a', version: '1' })).toEqual({
      missing: expect.stringContaining('HOLDFAST_SECRETS_DIR'),
    });
  });
});
