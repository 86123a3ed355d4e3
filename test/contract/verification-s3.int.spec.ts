import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openS3TileStore } from '#tile-store/s3';
import type { TileStore } from '#tile-store';
import { sampleHistory } from '#verification/testing';
import { sharedServer } from '../support/servers/index.js';
import { testBucket, type TestBucket } from './s3-bucket.js';

let history: Awaited<ReturnType<typeof sampleHistory>>;
let bucket: TestBucket;
let tiles: TileStore;
const environment = { ...process.env };

beforeAll(async () => {
  history = await sampleHistory(700, [1, 300, 600]);
  const url = sharedServer('s3');
  bucket = await testBucket(url);
  tiles = openS3TileStore({ ...bucket.options, prefix: `${bucket.options.prefix}log/` });
  const { log } = history.copy();
  const entries = readdirSync(log, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  await tiles.write(paths.map((path) => ({ path: path.slice(log.length + 1), bytes: readFileSync(path) })));
  // Where Amazon's tools look for them.
  const { username, password } = new URL(url);
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: username, AWS_SECRET_ACCESS_KEY: password });
});
afterAll(async () => {
  process.env = environment;
  await tiles.close();
  await bucket.remove();
  history.remove();
});

const verify = (threads = 0) => {
  const { bucket: name, prefix, endpoint } = bucket.options;
  return history.copy().verify({ log: `s3://${name}/${prefix}log?endpoint=${endpoint}`, threads });
};

describe('verification of a log in a bucket, by a reader of its own', () => {
  it('finds it as it was written, in this thread and in others', async () => {
    for (const threads of [0, 2]) {
      const { findings, report } = await verify(threads);
      expect(findings).toEqual([]);
      expect(report).toMatchObject({ intact: true, logSize: 600, checkpoints: 4, notInLog: 100 });
    }
  });

  it('names a file that is missing, changed or another log’s', async () => {
    const [entries, tile] = [await tiles.read('tile/entries/001'), await tiles.read('tile/0/000')];
    await tiles.remove('tile/entries/001');
    await tiles.write([{ path: 'tile/0/000', bytes: Buffer.from(tile ?? []).fill(7, 64, 96) }]);
    const { findings } = await verify();
    expect(findings.map(({ code, file }) => [code, file]).sort()).toEqual([
      ['LOG_FILE_CHANGED', 'tile/0/000'],
      ['LOG_FILE_MISSING', 'tile/entries/001'],
    ]);
    await tiles.write([
      { path: 'tile/entries/001', bytes: entries ?? new Uint8Array() },
      { path: 'tile/0/000', bytes: tile ?? new Uint8Array() },
    ]);
    await tiles.remove('checkpoint');
    expect((await verify()).findings).toMatchObject([{ code: 'CHECKPOINT_MISSING' }]);
  });

  it('that does not answer is a fault, not a finding', async () => {
    const { bucket: name } = bucket.options;
    const nowhere = history.copy().verify({ log: `s3://${name}/x?endpoint=http://127.0.0.1:9`, threads: 0 });
    await expect(nowhere).rejects.toBeDefined();
  });
});
