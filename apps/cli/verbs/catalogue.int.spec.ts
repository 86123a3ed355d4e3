import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digestBytes } from '#evidence';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const at = (name: string) => server.path(name);
const write = (name: string, text: string) => writeFile(at(name), text);
const knob = (name: string, more = 'range: { min: 0, max: 1 }') =>
  `knob: ${name}\ntype: number\n${more}\ndefault: 0.1\ndescription: weight of ${name}\n`;

describe('knobs', () => {
  it('are declared from files, revised, listed in pages and retired', async () => {
    await write('l1.yaml', knob('l1'));
    await write('l2.yaml', knob('l2'));
    const declared = await server.json('knob', 'declare', at('l1.yaml'), at('l2.yaml'), '--reason', 'first');
    expect(declared).toMatchObject([
      { name: 'l1', changed: true, revision: 1, declaration: { range: { min: 0, max: 1 } } },
      { name: 'l2', changed: true },
    ]);
    expect(await server.json('knob', 'declare', at('l1.yaml'))).toMatchObject([{ changed: false }]);
    const first = await server.run('knob', '--limit', '1', '-q');
    expect(first).toMatchObject({ status: 0, stdout: 'l1\n', stderr: expect.stringContaining('--all') });
    expect((await server.run('knob', 'list', '--all', '-q')).stdout).toBe('l1\nl2\n');
    expect(await server.run('knob', 'retire', 'l2', '--reason', 'not used')).toMatchObject({ status: 0 });
    expect(await server.json('knob')).toMatchObject([{ name: 'l1', retired: false }, { retired: true }]);
    expect((await server.run('knob')).stdout).toMatch(/^NAME .*\nl1 +number +0 … 1 +0\.1/);
  });

  it('are refused with every problem of every file before anything is sent', async () => {
    await write('bad.yaml', 'knob: l3\ntype: numbre\n');
    await write('other.yaml', `environment: e\nkind: node\narchitecture: x64\ndigest: ${digestBytes('x')}\n`);
    await write('good.yaml', knob('l4'));
    const said = await server.run(
      'knob',
      'declare',
      at('good.yaml'),
      at('bad.yaml'),
      at('other.yaml'),
      at('none.yaml'),
    );
    expect(said).toMatchObject({ status: 2, stdout: '' });
    for (const part of ['bad.yaml:2:7', 'DECLARATION_KIND', 'none.yaml']) expect(said.stderr).toContain(part);
    expect((await server.run('knob', '-q')).stdout).not.toContain('l4');
    expect(await server.run('knob', 'retire', 'none', '--reason', 'r')).toMatchObject({ status: 8 });
    expect(await server.run('knob', 'list', '--limit', 'many')).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('datasets', () => {
  it('are uploaded once and described', async () => {
    await write('data.csv', 'a,b\n1,x\n2,y\n');
    const about = ['--license', 'CC0-1.0', '--origin', 'made up', '--reason', 'first import'];
    const added = await server.run('dataset', 'add', 'toy', at('data.csv'), ...about, '-o', 'json');
    expect(added).toMatchObject({ status: 0, stderr: expect.stringContaining('uploaded 1 blob') });
    expect(JSON.parse(added.stdout)).toMatchObject({
      name: 'toy',
      number: 1,
      created: true,
      digest: digestBytes('a,b\n1,x\n2,y\n'),
      schema: { columns: [{ name: 'a', type: 'integer' }, { name: 'b' }] },
      license: 'CC0-1.0',
    });
    const again = await server.run('dataset', 'add', 'toy', at('data.csv'));
    expect(again).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('there already') });
    expect((await server.run('dataset', 'show', 'toy')).stdout).toMatch(
      /rows +2\n[^]*a +integer +0 +1 +2 +2/,
    );
    expect((await server.run('dataset', '-q')).stdout).toBe('toy@1\n');
  });

  it('may be folders, and come from others', async () => {
    await mkdir(at('images'), { recursive: true });
    await write('images/a.bin', 'a');
    await write('images/b.bin', 'b');
    const from = ['--parent', 'toy@1', '--transformation', 'drawn'];
    expect(await server.json('dataset', 'add', 'images', at('images'), ...from)).toMatchObject({
      format: 'tree',
      sizeBytes: 2,
      parents: ['toy@1'],
      transformation: 'drawn',
    });
  });

  it('are refused in words', async () => {
    expect(await server.run('dataset', 'add', 'x', at('nowhere.csv'))).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('nowhere.csv: there is no such file'),
    });
    await write('data.txt', 'text');
    const other = await server.run(
      'dataset',
      'add',
      'No Name',
      at('data.txt'),
      '--as',
      'file',
      '--parent',
      'x@9',
    );
    expect(other).toMatchObject({ status: 2, stdout: '' });
    expect(other.stderr).toMatch(/name: [^]*parents\[0\]/);
    expect(other.stderr).not.toContain('uploaded');
    expect(await server.run('dataset', 'add', 'x', at('data.txt'), '--as', 'parquet')).toMatchObject({
      status: 2,
    });
    expect(await server.run('dataset', 'show', 'none')).toMatchObject({ status: 8 });
  });
});

describe('environments', () => {
  it('are registered from a declaration', async () => {
    const digest = digestBytes('image');
    await write(
      'image.yaml',
      `environment: py\nkind: image\narchitecture: x64\nimage: docker.io/library/python\ndigest: ${digest}\n`,
    );
    expect(await server.json('environment', 'register', at('image.yaml'))).toMatchObject({
      name: 'py',
      digest,
      created: true,
    });
    expect(await server.json('environment')).toMatchObject([{ name: 'py', kind: 'image', number: 1 }]);
    expect(await server.run('environment', 'register')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--python'),
    });
    const venv = ['--python', at('no-venv'), '--lock', at('r.txt'), '--name', 'mine'];
    expect(await server.run('environment', 'register', ...venv)).toMatchObject({ status: 8, stdout: '' });
  });
});

/** Where in the order of the store the knob was declared. */
async function declaredAt(): Promise<number> {
  const [first] = (await server.json('history', 'knob:l2')) as { index: number }[];
  return first?.index ?? -1;
}

describe('history', () => {
  it('tells who, what, when and why of everything, of a name, and as it was', async () => {
    const events = (await server.json('history')) as { index: number; type: string }[];
    expect(events.map(({ index }) => index)).toEqual(events.map((_, i) => i));
    expect(await server.json('history', 'knob:l2')).toMatchObject([
      { type: 'KnobDeclared', reason: 'first', envelope: { data: { declaration: { knob: 'l2' } } } },
      { type: 'KnobRetired', reason: 'not used', actor: { type: 'person' } },
    ]);
    const lines = await server.run('history', 'knob:l2');
    expect(lines.stdout).toMatch(/KnobDeclared +knob [0-9a-f]{8} +person \S+ +l2, default 0\.1 “first”/);
    const at = await declaredAt();
    const then = await server.run('history', 'knob:l2', '--as-of', String(at), '-o', 'jsonl');
    expect(then.stderr).toContain(`as of index ${at}`);
    expect(JSON.parse(then.stdout)).toMatchObject({ index: at, type: 'KnobDeclared' });
    const before = await server.run('history', 'knob:l2', '--as-of', String(at - 1));
    expect(before).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('no events') });
    const types = await server.json('history', '--type', 'KnobRetired', '--type', 'DatasetVersionAdded');
    expect(new Set((types as { type: string }[]).map(({ type }) => type)).size).toBe(2);
    const after = (await server.json('history', '--after', '1', '--limit', '2')) as { index: number }[];
    expect(after.map(({ index }) => index)).toEqual([2, 3]);
    const both = (await server.json(
      'history',
      '--from',
      '3',
      '--after',
      '1',
      '--limit',
      '1',
    )) as typeof after;
    expect(both.map(({ index }) => index)).toEqual([3]);
    const nowhere = await server.run('history', '-n', 'nowhere', '--limit', '1');
    expect(nowhere.stderr).toContain('of every namespace');
  });

  it('is folded into the state at any point', async () => {
    const all = (await server.json('history', '--state')) as { states: { state?: object }[] };
    expect(all.states.filter(({ state }) => state === undefined)).toEqual([]);
    expect(await server.json('history', 'knob:l2', '--state')).toMatchObject({
      states: [{ type: 'KnobRetired', state: { status: 'retired' } }],
    });
    const at = await declaredAt();
    expect(await server.json('history', 'knob:l2', '--state', '--as-of', String(at))).toMatchObject({
      asOf: at,
      states: [{ revision: 0, state: { status: 'declared', revision: 1 } }],
    });
    const before = await server.run('history', 'knob:l2', '--state', '--as-of', String(at - 1));
    expect(before).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('nothing had') });
    for (const refused of [
      ['--state', '--limit', '1'],
      ['--as-of', 'yesterday'],
      ['--after', '-1'],
    ])
      expect(await server.run('history', ...refused)).toMatchObject({ status: 2, stdout: '' });
    expect((await server.run('history', 'knob:none')).status).toBe(8);
  });

  it('is walked back to the reason', async () => {
    const said = await server.run('why', 'knob:l2');
    expect(said).toMatchObject({ status: 0, stdout: expect.stringMatching(/said: not used\n$/) });
    expect(await server.json('why', 'knob:l2')).toMatchObject({
      reason: 'not used',
      chain: [{ type: 'KnobRetired' }],
    });
  });
});
