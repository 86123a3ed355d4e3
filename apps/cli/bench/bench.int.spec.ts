import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { measuringNamespace } from '#domain/declaration';
import { watch } from '../testing/cli.js';
import { folderOf } from '../verbs/bench.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { figures } from './figures.js';
import type { Judged } from './judge.js';

let server: TestServer;
let judged: readonly Judged[];
let status: number;

const its = ['-n', measuringNamespace] as const;
type Listed = { readonly status: string; readonly reason: string };
const ended = ['completed', 'cancelled', 'failed'];

beforeAll(async () => {
  server = await startTestServer();
  const said = await server.run('bench', '--for', '1s', '-o', 'json');
  judged = JSON.parse(said.stdout) as Judged[];
  status = said.status;
});
afterAll(() => server.close());

describe('a measured installation', () => {
  it('tells every figure, with what is healthy, and what to do about each that is not', () => {
    expect(judged.map(({ name }) => name)).toEqual(figures.map(({ name }) => name));
    for (const { name, value, verdict, hint, healthy, because } of judged) {
      expect([name, verdict]).not.toEqual([name, expect.stringMatching(/failed|skipped/)]);
      expect([name, value]).toEqual([name, expect.anything()]);
      expect([healthy, because]).toEqual([expect.any(Object), expect.any(String)]);
      expect([name, hint]).toEqual([name, verdict === 'ok' ? undefined : expect.any(String)]);
    }
    expect(status).toBe(judged.every(({ verdict }) => verdict === 'ok') ? 0 : 4);
    const samples = Object.fromEntries(judged.map(({ name, samples: count }) => [name, count]));
    expect(samples['run-p50']).toBeGreaterThanOrEqual(5);
    expect(samples['runs-8']).toBeGreaterThanOrEqual(8);
  });

  it('has its runs in a namespace of their own, where du and history know them', async () => {
    const runs = await server.eventually(async () => {
      const listed = (await server.json('runs', ...its, '--all')) as Listed[];
      return listed.length >= 19 && listed.every((run) => ended.includes(run.status)) ? listed : undefined;
    });
    for (const run of runs)
      expect(run).toMatchObject({ status: 'completed', reason: expect.stringContaining('holdfast bench') });
    expect(await server.run('show', 'last', ...its)).toMatchObject({ status: 0 });
    expect((await server.run('du', ...its)).stdout).toContain(`blueprint ${measuringNamespace}/trivial`);
    await server.eventually(async () =>
      (await server.run('gc', '--dry-run')).stdout.includes('would remove 0 blobs') ? true : undefined,
    );
  });

  it('shows nothing of it to who lists, compares or asks for the newest', async () => {
    expect(await server.json('runs')).toEqual([]);
    for (const line of ['show last', 'history last', 'reproduce last', 'bundle last --out no'])
      expect([line, (await server.run(...line.split(' '))).status]).toEqual([line, 8]);
    for (const verb of ['baseline', 'drift', 'sweeps', 'knob', 'dataset', 'environment'])
      expect([verb, await server.json(verb)]).toEqual([verb, []]);
  });

  it('has nothing left lying about', async () => {
    expect((await readdir(server.dataDir)).filter((name) => name.includes('bench'))).toEqual([]);
  });
});

describe('a command that is told where the server is', () => {
  it('looks only at a data folder that is that server’s', () => {
    const { dataDir, address } = server;
    const folder = (at: string, named?: string) => folderOf({ ownsServer: false, dataDir: at }, named);
    expect([folder(dataDir, address), folder(dataDir)]).toEqual([dataDir, dataDir]);
    expect([folder(dataDir, '127.0.0.1:1'), folder(server.path('other'), address)]).toEqual([
      ...[undefined, undefined],
    ]);
  });

  it('refuses a duration that is none, before anything is measured', async () => {
    for (const given of ['0s', '61s', 'soon'])
      expect(await server.run('bench', '--for', given)).toMatchObject({ status: 2, stdout: '' });
  });

  it('cancels its runs when it is interrupted', async () => {
    const env = { HOME: server.dir, HOLDFAST_SERVER: server.address };
    // Its run waits until then, however long it takes to look.
    expect(await server.run('drain', 'last', '--reason', 'to have it wait')).toMatchObject({ status: 0 });
    const measuring = watch(['bench', '--for', '1s'], { env });
    await server.eventually(async () => {
      const runs = (await server.json('runs', ...its, '--all')) as Listed[];
      return runs.some((run) => !ended.includes(run.status)) ? true : undefined;
    });
    expect(await measuring.interrupt()).toBe(130);
    expect(measuring.notes()).toContain('1 run cancelled');
    expect(measuring.notes()).not.toContain('not seen to end');
    await server.eventually(async () => {
      const runs = (await server.json('runs', ...its, '--all')) as Listed[];
      return runs.every((run) => ended.includes(run.status)) ? true : undefined;
    });
  });
});
