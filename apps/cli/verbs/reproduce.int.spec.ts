import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { nameId } from '#evidence';
import { signedSample, testSigner } from '#bundle-file/testing';
import { dataText, writeExperiment } from '../testing/experiment.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
let certain: string;
let file: string;

/** Runs the experiment and gives the id. */
async function run(...more: string[]): Promise<string> {
  const said = await server.run('run', file, '-q', '--reason', 'to have one', ...more);
  expect(said).toMatchObject({ status: 0 });
  return said.stdout.trim();
}

beforeAll(async () => {
  server = await startTestServer();
  file = await writeExperiment(server.path('tiny'));
  certain = await run();
});
afterAll(() => server.close());

describe('a run', () => {
  it('gives the same bytes again, and says so first', async () => {
    const said = await server.run('reproduce', certain, '--reason', 'a reviewer asked');
    expect(said).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^identical: every declared output/),
    });
    const repeated = await server.json('show', 'last');
    expect(repeated).toMatchObject({ status: 'completed', reproductionOf: certain });
    expect((await server.run('why', 'last')).stdout).toMatch(
      /because ReproductionStarted[^]*said: a reviewer asked\n$/,
    );
  });

  it('may be equivalent, diverge, or not run, each with its exit status', async () => {
    const little = await run('--set', 'noise=0.1');
    const equivalent = await server.run('reproduce', little, '-o', 'json');
    expect(equivalent.status).toBe(0);
    expect(JSON.parse(equivalent.stdout)).toMatchObject({
      verdict: 'equivalent',
      originalRun: little,
      differences: expect.arrayContaining([expect.objectContaining({ what: 'outputs.train.model' })]),
    });
    const diverged = await server.run('reproduce', await run('--set', 'noise=1000'));
    expect(diverged.status).toBe(4);
    expect(diverged.stdout).toMatch(/^diverged: [^]*first difference: outputs\.train\.model/);

    await server.run('drain', 'last', '--reason', 'to have it wait');
    const waiting = server.run('reproduce', certain, '-o', 'json');
    const queued = await server.eventually(async () =>
      ((await server.json('runs')) as { id: string; status: string }[]).find(
        ({ status }) => status === 'queued',
      ),
    );
    await server.run('cancel', queued.id, '--reason', 'enough');
    const notRun = await waiting;
    expect(notRun.status).toBe(3);
    expect(JSON.parse(notRun.stdout)).toMatchObject({ verdict: 'not-run', repeatedRun: queued.id });
    await server.run('uncordon', 'last', '--reason', 'to go on');
  });

  it('that is not there, or has no result, is not repeated', async () => {
    expect(await server.run('reproduce', 'ffff')).toMatchObject({ status: 8, stdout: '' });
  });
});

describe('diff', () => {
  it('names only what differs, the cause before what it led to', async () => {
    expect(await server.run('diff', certain, certain)).toMatchObject({
      status: 0,
      stdout: 'no difference; same reproducibility key\n',
    });
    const other = await run('--set', 'noise=5');
    const said = await server.run('diff', certain, other);
    expect(said.status).toBe(4);
    expect(said.stdout).toMatch(
      /other reproducibility key\nconfiguration\n[^]*knobs\.noise +0 +5[^]*result\n[^]*metrics\.score/,
    );
    const { differences } = (await server.json('diff', certain, other)) as {
      differences: { what: string }[];
    };
    expect(differences.map(({ what }) => what)).toContain('knobs.noise');
    expect((await server.run('diff', certain, 'ffff')).status).toBe(8);
    expect(await server.run('diff', other.slice(0, 8), 'last')).toMatchObject({ status: 0 });
    expect((await server.run('diff', 'last', 'last', '-n', 'elsewhere')).status).toBe(8);
    expect((await server.run('why', 'last', '-n', 'elsewhere')).status).toBe(8);
  });
});

describe('a bundle', () => {
  it('is exported whole or not at all, and never over another file unasked', async () => {
    const out = server.path('run.holdfast');
    const exported = await server.run('bundle', certain, '--out', out, '-o', 'json');
    expect(exported.status).toBe(0);
    expect(JSON.parse(exported.stdout)).toMatchObject({ holds: true, run: certain, file: out });
    expect(await server.run('verify', out)).toMatchObject({ status: 0 });
    const before = await readFile(out);
    const again = await server.run('bundle', certain, '--out', out);
    expect(again).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('-y says yes') });
    expect(await readFile(out)).toEqual(before);
    const { core } = JSON.parse(exported.stdout) as { core: string };
    // The core is the same for ever; the proofs beside it are by the log as it is now.
    expect(await server.run('bundle', certain, '--out', out, '-y', '-q')).toMatchObject({
      ...{ status: 0, stdout: `${core}\n` },
    });
    const none = server.path('none.holdfast');
    expect(await server.run('bundle', 'ffff', '--out', none)).toMatchObject({ status: 8 });
    await expect(readFile(none)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await server.run('bundle', certain, '--out', server.path('no/folder.holdfast'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--out'),
    });
  });

  it('is repeated by a stranger, who supplies the data that it names', async () => {
    const bare = server.path('bare.holdfast');
    const whole = server.path('whole.holdfast');
    await server.run('bundle', certain, '--out', bare);
    await server.run('bundle', certain, '--out', whole, '--with-data');
    const data = server.path('found.csv');
    const stranger = await startTestServer();
    try {
      const lacking = await stranger.run('reproduce', bare);
      expect(lacking).toMatchObject({ status: 2, stdout: '' });
      expect(lacking.stderr).toContain('--data raw=PATH');
      await writeFile(data, 'x\n1\n2\n3\n5\n');
      const wrong = await stranger.run('reproduce', bare, '--data', `raw=${data}`, '--data', 'other=x');
      expect(wrong.status).toBe(2);
      expect(wrong.stderr).toMatch(/DATA_OTHER[^]*DATA_UNKNOWN[^]*it read raw/);
      const absent = await stranger.run(
        'reproduce',
        bare,
        '--data',
        'raw=/nowhere',
        '--environment',
        '/nowhere',
      );
      expect(absent.status).toBe(2);
      expect(absent.stderr).toMatch(/(FILE_MISSING[^]*){2}DATA_MISSING {2}data\.raw/);
      expect(await stranger.run('reproduce', bare, '--data', 'raw')).toMatchObject({ status: 2 });
      expect(await stranger.run('reproduce', 'last', '--data', `raw=${data}`)).toMatchObject({
        ...{ status: 2, stderr: expect.stringContaining('go with a bundle') },
      });
      await writeFile(data, dataText);
      const said = await stranger.run('reproduce', bare, '--data', `raw=${data}`);
      expect(said).toMatchObject({ status: 0, stdout: expect.stringMatching(/^identical/) });
      const onward = await stranger.run('bundle', certain, '--out', stranger.path('onward.holdfast'));
      expect(onward).toMatchObject({ status: 0, stderr: expect.stringContaining('of another installation') });
      const detached = await stranger.run('reproduce', whole, '--detach', '-q');
      expect(detached).toMatchObject({ status: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/) });
    } finally {
      await stranger.close();
    }
  });

  it('of a run in an image names the image as what is missing, beside the data, and runs nothing', async () => {
    const boxed = server.path('boxed.holdfast');
    await writeFile(boxed, (await signedSample(testSigner(), { image: 'example.org/box' })).file);
    const said = await server.run('reproduce', boxed);
    expect(said).toMatchObject({ status: 2, stdout: '' });
    expect(said.stderr).toMatch(
      /--data rows=PATH[^]*environment: sha256:[^]* is not here[^]*example\.org\/box, and no executor/,
    );
  });

  it('of a run that has no result is not even taken in', async () => {
    const failed = server.path('failed.holdfast');
    const run = nameId('run', 'failed');
    await writeFile(failed, (await signedSample(testSigner(), { run, outcome: 'RunFailed' })).file);
    expect(await server.run('reproduce', failed)).toMatchObject({
      ...{ status: 2, stderr: expect.stringContaining('RUN_NOT_COMPLETED') },
    });
    expect(await server.run('bundle', run, '--out', failed, '-y')).toMatchObject({
      status: 8,
    });
  });

  it('that does not hold is not run', async () => {
    const bad = server.path('bad.holdfast');
    await server.run('bundle', certain, '--out', bad);
    const bytes = await readFile(bad);
    const place = bytes.indexOf('"mean"');
    bytes[place] = (bytes[place] as number) ^ 1;
    await writeFile(bad, bytes);
    const before = await server.run('runs', '-q', '--all');
    const said = await server.run('reproduce', bad);
    expect(said).toMatchObject({ status: 5, stdout: expect.stringContaining('outputs/model.json') });
    expect(await server.run('runs', '-q', '--all')).toEqual(before);
  });
});
