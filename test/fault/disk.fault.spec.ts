import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { digestBytes } from '#evidence';
import { scheduler } from '#contracts';
import type { Connection } from '#rpc';
import { declare, ended, key, reason, submit, type Experiment } from '../support/experiment.js';
import { rebuildAll } from '../support/rebuild-all.js';
import { startTogether } from '../support/start-together.js';
import { NotStarted, startServer, type Env, type ServerProcess } from './server-process.js';
import { enlarge, fillDisk, makeSpace, mayMount, onReadOnly, onSmallDisk } from './small-disk.js';

const { RUN_STATUS_COMPLETED, RUN_STATUS_FAILED } = scheduler.RunStatus;
const mib = 2 ** 20;
const namespace = 'disk';
const servers: ServerProcess[] = [];
let dir: string;
let dataDir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-disk-'));
  // Steps run as somebody else and must find their folders.
  await chmod(dir, 0o755);
  dataDir = join(dir, 'data');
  await mkdir(dataDir);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.end('SIGKILL');
  await chmod(dataDir, 0o755).catch(() => undefined);
  await rm(dir, { recursive: true, force: true });
});

async function start(launcher: readonly string[] = [], env: Env = {}): Promise<ServerProcess> {
  const server = await startServer(dataDir, env, launcher);
  servers.push(server);
  return server;
}

const refusalOf = (starting: Promise<ServerProcess>) =>
  starting.then(
    () => Promise.reject(new Error('it has started')),
    (error: unknown) => {
      if (!(error instanceof NotStarted)) throw error;
      return { status: error.status, ...error.refusal };
    },
  );

/** Its output is large and takes no room until somebody copies it. */
const large: Experiment = {
  namespace,
  name: 'large',
  files: {
    'main.mjs': `import { closeSync, ftruncateSync, openSync } from 'node:fs';
const file = openSync('outputs/model', 'w'); ftruncateSync(file, ${48 * mib}); closeSync(file);`,
  },
  blueprint: { steps: { train: { run: ['node', 'main.mjs'], out: { model: 'model' } } } },
};
/** It meets the full disk itself, and says so as programs do. */
const writes: Experiment = {
  namespace,
  name: 'writes',
  files: {
    'main.mjs': `import { writeFileSync } from 'node:fs';\nwriteFileSync('outputs/model', Buffer.alloc(${64 * mib}, 1));`,
  },
  blueprint: { steps: { train: { run: ['node', 'main.mjs'], out: { model: 'model' } } } },
};
const waits: Experiment = {
  namespace,
  name: 'waits',
  files: { 'main.mjs': `console.log('under way'); setTimeout(() => {}, 500);` },
  blueprint: { steps: { wait: { run: ['node', 'main.mjs'] } } },
};

async function assertSound({ provenance, ...connection }: Connection): Promise<void> {
  await rebuildAll({ provenance, ...connection });
  for await (const { corrupt, missing } of provenance.scrub({}))
    expect({ corrupt, missing }).toEqual({ corrupt: [], missing: [] });
}

describe('a disk that is full', () => {
  const onDisk = mayMount ? it : it.skip;

  onDisk(
    'for an output, or for the step itself: the run fails with storage-full, and completes on a larger disk',
    async () => {
      const server = await start(onSmallDisk(dataDir, '40m'));
      for (const experiment of [large, writes]) {
        await declare(server, experiment);
        const run = await ended(server, await submit(server, experiment));
        expect(run.status).toBe(RUN_STATUS_FAILED);
        expect(run.failure).toMatchObject({ failureClass: 'storage-full', step: 'train' });
      }
      enlarge(server.pid, dataDir, '200m');
      const again = await ended(server, await submit(server, large));
      expect(again.status).toBe(RUN_STATUS_COMPLETED);
      await assertSound(server.connection);
      expect(await server.end('SIGTERM')).toMatchObject({ status: 0 });
    },
  );

  onDisk(
    'for everything, while a run works: commands are refused, the run ends once there is space, nothing is corrupt',
    async () => {
      const server = await start(onSmallDisk(dataDir, '40m'));
      const { connection, pid } = server;
      await declare(server, waits);
      const run = await submit(server, waits);
      const { id } = run;
      for await (const { data } of connection.scheduler.tailLogs({ namespace, id, follow: true, shown: [] }))
        if (data.includes('under way')) break;
      /** One command, however often it is sent. */
      const declaring = (name: string) => {
        const knob = { knob: name, type: 'number', default: 1, description: 'x'.repeat(1_000) };
        const [options, declaration] = [key(), Buffer.from(JSON.stringify(knob))];
        return () => connection.registry.declareKnob({ namespace, declaration, reason }, options);
      };
      let [ask, refused]: [ReturnType<typeof declaring>, unknown] = [declaring('l0'), undefined];
      // A step that ends just now leaves room for one more.
      for (let i = 1; refused === undefined; i++) {
        fillDisk(pid, dataDir, 0);
        ask = declaring(`l${i}`);
        refused = await ask().then(
          () => undefined,
          (error: unknown) => error,
        );
      }
      expect(refused).toMatchObject({ kind: 'exhausted', code: 'STORAGE_FULL' });
      const bytes = Buffer.alloc(2 * mib, 7);
      const digest = digestBytes(bytes);
      const header = { digest, sizeBytes: bytes.length, offset: 0 };
      const upload = connection.registry.putBlob([
        { header, data: bytes.subarray(0, mib) },
        { header: undefined, data: bytes.subarray(mib) },
      ]);
      await expect(upload).rejects.toMatchObject({ kind: 'exhausted', code: 'STORAGE_FULL' });
      expect(server.gone()).toBe(false);
      makeSpace(pid, dataDir);
      expect(await ask()).toMatchObject({ changed: true });
      const { failure, status } = await ended(server, run);
      expect([undefined, 'storage-full']).toContain(failure?.failureClass);
      expect(status).toBe(failure ? RUN_STATUS_FAILED : RUN_STATUS_COMPLETED);
      expect(await ended(server, await submit(server, waits))).toMatchObject({
        status: RUN_STATUS_COMPLETED,
      });
      await assertSound(connection);
      expect(await server.end('SIGTERM')).toMatchObject({ status: 0 });
    },
  );

  onDisk.each(['16k', '256k'])('of %s, before the server starts: it refuses', async (size) => {
    const refused = await refusalOf(start(onSmallDisk(dataDir, size)));
    expect(refused).toMatchObject({ status: 1, kind: 'exhausted', code: 'STORAGE_FULL' });
  });
});

describe('a data folder that can only be read', () => {
  const asRoot = process.getuid?.() === 0;
  const possible = mayMount || !asRoot;

  /** Root may write anywhere that is not mounted read-only. */
  async function startReadOnly(): Promise<ServerProcess> {
    if (mayMount) return start(onReadOnly(dataDir));
    await chmod(dataDir, 0o555);
    return start();
  }

  (possible ? it : it.skip)('is refused when it is empty, and says so', async () => {
    expect(await refusalOf(startReadOnly())).toMatchObject({
      status: 1,
      kind: 'unavailable',
      code: 'STORAGE_READ_ONLY',
      message: expect.stringContaining(dataDir),
    });
    expect(await readdir(dataDir)).toEqual([]);
  });

  (possible ? it : it.skip)('is refused when there is history in it, which stays as it is', async () => {
    const first = await startTogether({ dataDir });
    await declare(first, waits);
    await first.close();
    const listed = () =>
      spawnSync('find', [dataDir, '-type', 'f', '-exec', 'sha256sum', '{}', '+'], { encoding: 'utf8' })
        .stdout.split('\n')
        .sort();
    const before = listed();
    expect(await refusalOf(startReadOnly())).toMatchObject({ status: 1, code: 'STORAGE_READ_ONLY' });
    expect(listed()).toEqual(before);
    await chmod(dataDir, 0o755);
    const { connection } = await start();
    expect((await connection.registry.getBlueprint({ namespace, ref: waits.name })).blueprint).toBeDefined();
  });
});

describe('a data folder in use', () => {
  it('by one of two that start at once is refused to the other', async () => {
    const both = await Promise.allSettled([start(), start()]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const loser = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    const { refusal } = loser.reason as NotStarted;
    expect(refusal).toMatchObject({ kind: 'unavailable', code: 'STORE_IN_USE' });
  });
});
