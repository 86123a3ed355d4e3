import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withinProcess } from '../testing/cli.js';
import { blueprintText, mainScript, makeFolder, type TestFolder } from '../testing/folder.js';
import { startServer } from '../server.js';

let folder: TestFolder;
beforeAll(() => {
  folder = makeFolder();
});
afterAll(() => folder.remove());

const on = (dataDir: string) => {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder.path, HOLDFAST_DATA_DIR: folder.at(dataDir) };
  const run = (...args: string[]) => withinProcess(args, env);
  const json = async (...args: string[]) => JSON.parse((await run(...args, '-o', 'json')).stdout) as unknown;
  return { env, run, json };
};
const events = (dir: string) => `sqlite:${folder.at(`${dir}/events.sqlite`)}`;
const blobs = (dir: string) => `file:${folder.at(`${dir}/artifacts`)}`;
const people = (dir: string) => `file:${folder.at(`${dir}/people`)}`;
const carry = (from: string, to: string) => [
  ...['migrate', '--from', events(from), '--to', events(to)],
  ...['--artifacts-from', blobs(from), '--artifacts-to', blobs(to)],
  ...['--people-from', people(from), '--people-to', people(to)],
];

describe('an embedded installation', () => {
  it('is backed up and restored: everything is there as it was, and its read models are made anew', async () => {
    const first = on('data');
    folder.put('holdfast.yaml', blueprintText('blueprint: default/moved'));
    folder.put('src/main.mjs', mainScript);
    const server = await startServer(folder.at('data'), 0, first.env);
    const told = async (side: ReturnType<typeof on>) => ({
      run: await side.json('show', 'last'),
      history: await side.json('history', 'last'),
      all: (await side.run('history', '--all', '-o', 'jsonl')).stdout,
    });
    let before: Awaited<ReturnType<typeof told>>;
    try {
      expect(await first.run('run', folder.path, '-q')).toMatchObject({ status: 0 });
      const inUse = await first.run(...carry('data', 'copy'));
      expect(inUse).toMatchObject({ status: 6, stderr: expect.stringContaining('in use') });
      before = await told(first);
    } finally {
      await server.stop();
    }

    const backup = await first.json(...carry('data', 'backup'));
    expect(backup).toMatchObject({
      proof: { events: expect.any(Number), digest: expect.stringMatching(/^sha256:/) },
    });
    const restored = await first.json(...carry('backup', 'restored'));
    const { proof, history, artifacts } = restored as Record<string, Record<string, unknown>>;
    expect(proof).toEqual((backup as { proof: unknown }).proof);
    expect(history).toMatchObject({ events: proof?.['events'], copied: proof?.['events'] });
    expect(artifacts?.['copied']).toBe(artifacts?.['blobs']);

    const second = on('restored');
    const again = await startServer(folder.at('restored'), 0, second.env);
    try {
      // What the executor of this server said when it joined comes after all that was carried over.
      const after = await told(second);
      expect({ ...after, all: after.all.slice(0, before.all.length) }).toEqual(before);
      expect((await second.run('projections', 'rebuild', '--all')).status).toBe(0);
      expect((await second.run('bundle', 'last', '--out', folder.at('b.zip'), '-y')).status).toBe(0);
    } finally {
      await again.stop();
    }
  });

  it('goes only from where one is, to where another may be', async () => {
    const { run } = on('data');
    const wrong = await run('migrate', '--from', 'sqlite:/nowhere/events.sqlite', '--to', 'somewhere');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/--from: there is no \/nowhere\/events.sqlite[^]*--to: is no place/);
    const itself = events('data').replace('/data/', '/data/../data/');
    expect(await run('migrate', '--from', events('data'), '--to', itself)).toMatchObject({
      status: 2,
      stderr: 'PLACE_INVALID  --to: is where --from is; sqlite:PATH or esdb://HOST:PORT\n',
    });
    const unknown = await run('migrate', '--from', events('data'), '--to', 'oracle:x');
    expect(unknown).toMatchObject({ status: 2, stderr: expect.stringContaining('it has sqlite, esdb') });
    const half = await run(
      'migrate',
      '--from',
      events('data'),
      '--to',
      events('x'),
      '--artifacts-to',
      blobs('x'),
    );
    expect(half).toMatchObject({ status: 2, stderr: expect.stringContaining('--artifacts-from') });
    const other = await run('migrate', '--from', events('backup'), '--to', events('restored'));
    expect(other).toMatchObject({ status: 5, stderr: expect.stringContaining('take an empty one') });
  });
});
