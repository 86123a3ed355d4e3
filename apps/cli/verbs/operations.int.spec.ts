import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digestBytes } from '#evidence';
import { damageOnDisk } from '#artifact-store/testing';
import { dataText, writeExperiment } from '../testing/experiment.js';
import { connect } from '#rpc';
import { holdfast, watch } from '../testing/cli.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
let accepted: string;
let drifted: string;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\n$/;

beforeAll(async () => {
  server = await startTestServer({ HOLDFAST_GC_MIN_AGE_MS: '0' });
  const file = await writeExperiment(server.path('tiny'));
  const run = async (...more: string[]) =>
    (await server.run('run', file, '-q', '--reason', 'to have one', ...more)).stdout.trim();
  accepted = await run();
  await server.run('baseline', 'accept', 'default/tiny', '--metric', 'score', '--reason', 'reviewed');
  drifted = await run('--set', 'noise=1000');
});
afterAll(() => server.close());

describe('baselines', () => {
  it('are shown with what was accepted and what it holds runs against', async () => {
    expect(await server.json('baseline')).toMatchObject([
      { metric: 'score', runs: [accepted], n: 1, mean: 2.5, method: 'tolerance', reason: 'reviewed' },
    ]);
    const id = (await server.run('baseline', '-q')).stdout;
    expect(id).toMatch(uuid);
    expect((await server.run('baseline', 'show', 'last', '-q')).stdout).toBe(id);
    expect((await server.run('baseline', 'show', id.trim())).stdout).toMatch(
      /^baseline [^]*held against +tolerance 2 … 3\n[^]*reason +reviewed[^]*accepted\nVERSION/,
    );
  });

  it('are refused without runs, metric or reason', async () => {
    const accept = (...args: string[]) => server.run('baseline', 'accept', ...args);
    expect(await accept('default/tiny', '--reason', 'r')).toMatchObject({ status: 2, stdout: '' });
    expect(await accept('default/tiny', '--metric', 'score')).toMatchObject({ status: 2, stdout: '' });
    const none = await accept('default/none', '--metric', 'score', '--reason', 'r');
    expect([2, 8]).toContain(none.status);
    expect((await server.run('baseline', 'show', 'none:none')).status).toBe(8);
  });
});

describe('drift', () => {
  it('is found, named with test and suspects, and is exit status 4', async () => {
    const found = await server.eventually(async () => {
      const said = await server.run('drift', '--run', drifted, '-o', 'json');
      return said.status === 4 ? said : undefined;
    });
    const drifts = JSON.parse(found.stdout) as { id: string; kind: string; subject: string }[];
    expect(drifts).toContainEqual(
      expect.objectContaining({ kind: 'result', subject: 'score', runId: drifted, test: 'tolerance', n: 1 }),
    );
    const id = drifts.find(({ kind }) => kind === 'result')?.id ?? '';
    expect(await server.run('drift', 'show', 'last', '-q')).toMatchObject({
      status: 4,
      stdout: `${drifts[0]?.id}\n`,
    });
    const shown = await server.run('drift', 'show', id);
    expect(shown.status).toBe(4);
    expect(shown.stdout).toMatch(/threshold 0\.5, n 1[^]*suspects, the likeliest first\n[^]*knobs\.noise/);
    expect(await server.run('drift', '--run', accepted)).toMatchObject({ status: 0, stdout: '' });
    expect((await server.run('drift', 'show', 'ffffffff')).status).toBe(8);
  });
});

describe('executors', () => {
  it('are listed, drained, cordoned and let go on, by any beginning of their id', async () => {
    const [executor] = (await server.json('executors')) as { id: string }[];
    expect(executor).toMatchObject({ mode: 'active', pool: 'default', busy: 0 });
    const id = executor?.id ?? '';
    const change = async (verb: string, given: string) => server.json(verb, given, '--reason', 'a test');
    expect(await change('drain', id.slice(0, 6))).toMatchObject({ id, mode: 'draining' });
    expect(await change('cordon', 'last')).toMatchObject({ id, mode: 'cordoned' });
    expect(await change('uncordon', id)).toMatchObject({ id, mode: 'active' });
    expect(await server.run('drain', 'last')).toMatchObject({ status: 2, stdout: '' });
    const { slots: own } = executor as unknown as { slots: number };
    const scaled = async (slots: string) => server.json('scale', id, slots, '--reason', 'a test');
    expect(await scaled(String(own + 3))).toMatchObject({ id, slots: own + 3 });
    expect(await server.json('executors')).toMatchObject([{ id, slots: own + 3 }]);
    expect(await scaled('own')).toMatchObject({ id, slots: own });
    expect(await server.run('scale', 'last', '0', '--reason', 'r')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('from 1 to 1000, or own'),
    });
    expect((await server.run('drain', 'ffffff', '--reason', 'r')).status).toBe(8);
  });
});

describe('projections', () => {
  it('are listed for every service, and are the same when made anew', async () => {
    const rows = (await server.json('projections')) as { service: string; state: string }[];
    expect(new Set(rows.map(({ service }) => service))).toEqual(
      new Set(['registry', 'scheduler', 'provenance', 'auditor']),
    );
    const all = await server.run('projections', 'rebuild', '--all', '-o', 'json');
    expect(all).toMatchObject({ status: 0, stderr: '' });
    const rebuilt = JSON.parse(all.stdout) as { identical: boolean; documents: number }[];
    expect(rebuilt).toHaveLength(rows.length);
    expect(rebuilt.every(({ identical }) => identical)).toBe(true);
    expect(await server.json('projections', 'rebuild', 'registry/knobs')).toMatchObject([
      { service: 'registry', name: 'knobs', identical: true, documents: 1 },
    ]);
    expect(await server.json('projections', 'rebuild', 'knobs')).toHaveLength(1);
  });

  it('that nobody has, or several, are refused by name', async () => {
    const rebuild = (...args: string[]) => server.run('projections', 'rebuild', ...args);
    expect(await rebuild('none')).toMatchObject({
      status: 8,
      stderr: expect.stringContaining('registry/knobs'),
    });
    expect(await rebuild('runs')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('scheduler/runs, auditor/runs'),
    });
    expect(await rebuild()).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('the artifact store', () => {
  it('is told by owner', async () => {
    const usage = (await server.json('du')) as { owners: { name: string; bytes: number }[] };
    expect(usage.owners.map(({ name }) => name)).toEqual(
      expect.arrayContaining([expect.stringContaining('dataset'), expect.stringContaining('run')]),
    );
    expect((await server.run('du')).stdout).toMatch(/blobs; nothing unreferenced\n$/);
  });

  it('is only cleared with a reason and a yes, of what nothing refers to', async () => {
    const bytes = Buffer.from('nobody needs this');
    const digest = digestBytes(bytes);
    const client = connect(server.address);
    await client.registry.putBlob([
      { header: { digest, sizeBytes: bytes.length, offset: 0 }, data: Buffer.alloc(0) },
      { data: bytes },
    ]);
    client.close();
    const planned = { blobsRemoved: 1, bytesRemoved: bytes.length };
    expect(await server.json('gc', '--dry-run')).toMatchObject({
      dryRun: true,
      ...planned,
      removed: [{ digest }],
    });
    expect(await server.run('gc')).toMatchObject({ status: 2, stderr: expect.stringContaining('--reason') });
    expect(await server.run('gc', '--reason', 'tidy')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining(
        'Remove 1 blob, 17 B that nothing refers to? nobody can be asked here; -y',
      ),
    });
    expect(await server.run('gc', '--dry-run', '--older-than', 'long')).toMatchObject({ status: 2 });
    expect(await server.json('gc', '--dry-run', '--older-than', '7d')).toMatchObject({ blobsRemoved: 0 });
    const said = await server.run('gc', '--reason', 'tidy', '-y');
    expect(said).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^removed 1 blob, 17 B, of \d+ blobs\n$/),
    });
    expect(await server.json('gc', '--dry-run')).toMatchObject({ blobsRemoved: 0 });
  });

  it('keeps what its class or a hold says; what goes leaves a tombstone, told wherever it is asked for', async () => {
    const [why, policy] = [
      ['--reason', 'a test'],
      ['--authority', 'policy 7'],
    ];
    const declared = await server.json(
      'retention',
      'declare',
      'brief',
      '--keep',
      '0d',
      '--of',
      'outputs',
      ...policy,
      ...why,
    );
    expect(declared).toMatchObject({ class: 'brief', keepForDays: 0, artifacts: ['outputs'] });
    expect(await server.run('dispose', drifted)).toMatchObject({
      ...{ status: 2, stderr: expect.stringMatching(/kept for ever \(class for-ever\); --before-time/) },
    });
    await server.run('retention', 'assign', drifted, 'brief', ...why);
    expect(await server.json('retention', 'list', 'brief')).toMatchObject([
      { subject: '' },
      { label: drifted },
    ]);
    const place = ['hold', 'place', drifted, '--authority', 'case 7', ...why];
    expect((await server.run(...place)).stdout).toMatch(/keeps +every byte of the run/);
    const [hold] = (await server.json('hold', 'list', drifted)) as { id: string }[];
    const kept = await server.run('gc', ...why, '-y');
    expect(kept.stdout).toContain(
      `kept run ${drifted.slice(0, 8)}, held by ${hold?.id.slice(0, 8)} on run-${drifted}`,
    );
    await server.run('hold', 'release', hold?.id ?? '', '--authority', 'case 7', ...why);
    expect(await server.json('gc', '--dry-run')).toMatchObject({ disposals: [{ runId: drifted, blobs: 2 }] });
    const gone = await server.run('gc', ...why, '-y');
    expect(gone.stdout).toMatch(
      new RegExp(`^disposed of run ${drifted.slice(0, 8)}: outputs: 2 blobs, \\d+ B\n`),
    );
    const said = /disposed of on \d{4}-\d\d-\d\d by \S+ under class brief, by authority of policy 7: a test/;
    expect(await server.run('show', drifted, '--output', 'model')).toMatchObject({
      ...{ status: 8, stdout: '', stderr: expect.stringMatching(said) },
    });
    expect(await server.run('bundle', drifted, '--out', server.path('gone.zip'))).toMatchObject({
      ...{ status: 2, stderr: expect.stringMatching(said) },
    });
    expect((await server.run('show', drifted)).stdout).toMatch(/disposed +outputs \(2 blobs/);
    expect(await server.json('retention', 'show', drifted)).toMatchObject({
      ...{ class: 'brief', over: true, heldBy: [], disposals: [{ status: 'finished', reason: 'a test' }] },
    });
    expect((await server.run(...place)).stderr).toContain('too late');
    expect((await server.run('doctor')).stdout).not.toMatch(/missing/);
    expect(await server.run('audit', 'verify')).toMatchObject({ status: 0 });
    expect(await server.run('audit', 'prove', drifted, '--out', server.path('proofs'))).toMatchObject({
      status: 0,
    });
  });

  it('of a dataset goes too, as its class says, once no run reads it', async () => {
    const [why, policy] = [
      ['--reason', 'a test'],
      ['--authority', 'policy 7'],
    ];
    await writeFile(server.path('spare.csv'), 'a,b\n1,2\n');
    await server.run('retention', 'declare', 'rows', '--keep', '0d', '--of', 'data', ...policy, ...why);
    await server.run('dataset', 'add', 'spare', server.path('spare.csv'), '--retention', 'rows', ...why);
    expect((await server.run('retention', 'show', 'dataset:spare@1')).stdout).toMatch(
      /dataset +default\/spare@1\nclass +rows, by dataset:default\/spare\nadded/,
    );
    const held = ['hold', 'place', 'dataset:spare', '--authority', 'case 7', ...why];
    expect((await server.run(...held)).stdout).toMatch(/keeps +every version of it/);
    const refused = await server.run('dispose', 'dataset:spare@1', ...why, '-y');
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('is held by hold-') });
    const [hold] = (await server.json('hold', 'list', 'dataset:spare')) as { id: string }[];
    await server.run('hold', 'release', hold?.id ?? '', '--authority', 'case 7', ...why);
    expect((await server.run('gc', ...why, '-y')).stdout).toMatch(
      /^disposed of dataset default\/spare@1: data: 3 blobs, \d+ B\n/,
    );
    expect(await server.json('dataset', 'show', 'spare')).toMatchObject({ number: 1, sizeBytes: 8 });
    expect((await server.run('doctor')).stdout).not.toMatch(/missing/);
    expect(await server.run('audit', 'verify')).toMatchObject({ status: 0 });
  });

  it('is hashed anew, and a changed blob named', async () => {
    expect(await server.run('scrub')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('all of them hold'),
    });
    const digest = digestBytes(dataText);
    const flip = () => damageOnDisk(join(server.dataDir, 'artifacts'), digest, 'flipped');
    await flip();
    const said = await server.run('scrub');
    expect(said).toMatchObject({ status: 5, stdout: expect.stringContaining(`corrupt  ${digest}`) });
    await flip();
  });
});

describe('doctor', () => {
  it('looks at everything and finds the server well', async () => {
    const said = await server.run('doctor', '-o', 'json');
    const findings = JSON.parse(said.stdout) as { check: string; level: string; fix?: string }[];
    const levels = new Map(findings.map(({ check, level }) => [check, level]));
    for (const check of [
      'node',
      'data folder',
      'server',
      'registry',
      'executor',
      'auditor',
      'read models',
      'executors',
    ])
      expect([check, levels.get(check)]).toEqual([check, 'ok']);
    const wrong = findings.filter(({ level }) => level !== 'ok');
    expect(said.status).toBe(wrong.length === 0 ? 0 : 4);
    expect(wrong.every(({ fix }) => fix !== undefined)).toBe(true);
  });

  it('says what is wrong with a server that is not there, and the way out', async () => {
    expect((await server.run('doctor', '--retry-parked')).stderr).toContain(
      '0 events that had been put aside handled, 0 left',
    );
    const said = await server.run('doctor', '--server', '127.0.0.1:1');
    expect(said.status).toBe(4);
    expect(said.stdout).toMatch(/fail +server [^]*→ [^\n]*holdfast up/);
  });
});

describe('a command as a process', () => {
  it('follows history until ctrl-c', async () => {
    const env = { HOME: server.dir, HOLDFAST_SERVER: server.address };
    const watching = watch(['history', '-w', '-o', 'jsonl', '--type', 'ExecutorModeChanged'], { env });
    await server.run('cordon', 'last', '--reason', 'something new');
    const seen = await watching.until((line) => line.includes('something new'));
    expect(JSON.parse(seen)).toMatchObject({ type: 'ExecutorModeChanged', reason: 'something new' });
    expect(await watching.interrupt()).toBe(130);
    await server.run('uncordon', 'last', '--reason', 'to go on');
  });

  it('ends as it says, with JSON alone on stdout', async () => {
    const env = { HOME: server.dir, HOLDFAST_SERVER: server.address };
    const found = await holdfast(['drift', 'list', '-o', 'jsonl'], { env });
    expect(found).toMatchObject({ status: 4, stderr: '' });
    for (const line of found.stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('suspects');
    const gone = await holdfast(['du'], { env: { ...env, HOLDFAST_SERVER: '127.0.0.1:1' } });
    expect(gone).toMatchObject({
      status: 6,
      stdout: '',
      stderr: expect.stringContaining('SERVER_UNREACHABLE'),
    });
  });
});
