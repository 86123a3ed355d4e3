import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseTree } from '#evidence';
import { DomainError, systemClock } from '#kernel';
import { openSandbox, type StepOutcome, type StepSpec } from './index.js';
import {
  limits,
  openBench,
  openPipes,
  testedLevels,
  untilPipes,
  type StepBench,
} from './testing/step-bench.js';

describe.each(await testedLevels())('what a step leaves at level %s', (level) => {
  let bench: StepBench;
  const uids: number[] = [];
  /** `out(path, text)` writes below `outputs/`, `metric(line)` appends a line. */
  const tools = `const fs = require('fs'), path = require('path'), cp = require('child_process');
    const at = (p) => path.join(process.env.HOLDFAST_OUTPUTS, p);
    const out = (p, text = p) => { fs.mkdirSync(path.dirname(at(p)), { recursive: true }); fs.writeFileSync(at(p), text); };
    const metric = (line) => fs.appendFileSync(process.env.HOLDFAST_METRICS, line + '\\n');\n`;
  const run = async (main: string, over: Partial<StepSpec> = {}): Promise<StepOutcome> => {
    const outcome = await bench.sandbox.runStep(await bench.spec({ 'main.cjs': tools + main }, over));
    uids.push(outcome.isolation.uid);
    return outcome;
  };
  const failed = (name: string, part: string) => ({
    status: 'failed',
    failure: { class: name, message: expect.stringContaining(part) },
  });

  beforeAll(async () => {
    bench = await openBench(level);
  });
  afterAll(async () => {
    expect(await bench.traces(uids)).toEqual([]);
    await bench.close();
  });

  it('keeps declared files, declared folders as trees, and undeclared files, by what their bytes are', async () => {
    const outcome = await run(
      `out('model.json', '{}'); out('plots/b.svg'); out('plots/a/c.svg'); out('extra.txt'); out('z/more.txt');
      fs.chmodSync(at('model.json'), 0o755);`,
      { outputs: { model: 'model.json', plots: 'plots' } },
    );
    expect(outcome.status).toBe('completed');
    const [model, plots] = outcome.outputs;
    expect(model).toMatchObject({
      name: 'model',
      path: 'model.json',
      kind: 'file',
      sizeBytes: 2,
      mode: '100755',
    });
    expect(plots).toMatchObject({ name: 'plots', path: 'plots', kind: 'tree', files: 2, contentBytes: 24 });
    const tree = parseTree(await bench.store.read(plots!.digest));
    expect(tree.entries.map(({ path }) => path)).toEqual(['a/c.svg', 'b.svg']);
    for (const { digest } of [model!, ...tree.entries])
      expect(await bench.store.verify(digest)).toBe('intact');
    expect(outcome.undeclared.map(({ path }) => path)).toEqual(['extra.txt', 'z/more.txt']);
  });

  it('keeps no secret: masked in what it says, refused in files, their names and metrics', async () => {
    const secrets = { TOKEN: 'hush-hush-hush', PIN: '42' };
    const env = 'process.env.TOKEN';
    const said = await run(
      `console.log('token ' + ${env} + ' pin ' + process.env.PIN); process.stderr.write(${env}); metric('{"name":"a","value":1}')`,
      { secrets },
    );
    expect(said.status).toBe('completed');
    expect(await bench.text(said.stdout.digest)).toBe('token *** pin ***\n');
    expect(await bench.text(said.stderr.digest)).toBe('***');
    expect(said.metrics.summary).toHaveLength(1);

    const cases = [
      [
        `out('a/model.txt', 'x'.repeat(70000) + ${env})`,
        'output-invalid',
        'outputs/a/model.txt holds the value of the secret TOKEN',
      ],
      [`out(${env})`, 'output-invalid', 'the name of a file in outputs/ holds the value of the secret TOKEN'],
      [
        `metric(JSON.stringify({ name: ${env}, value: 1 }))`,
        'metrics-invalid',
        'they hold the value of the secret TOKEN',
      ],
    ] as const;
    for (const [main, name, part] of cases) {
      const outcome = await run(`out('other'); ${main}`, { secrets, outputs: { other: 'other' } });
      expect(outcome).toMatchObject(failed(name, part));
      expect(JSON.stringify(outcome)).not.toContain(secrets.TOKEN);
      if (name === 'output-invalid') expect([outcome.outputs, outcome.undeclared]).toEqual([[], []]);
    }
  });

  it('names what was declared and is not there, and keeps the rest', async () => {
    const outcome = await run(`out('a.txt')`, { outputs: { a: 'a.txt', b: 'deep/b.txt', c: 'c' } });
    expect(outcome).toMatchObject(failed('output-missing', 'b (outputs/deep/b.txt), c (outputs/c)'));
    expect(outcome.outputs.map(({ name }) => name)).toEqual(['a']);
  });

  it('keeps no more undeclared files than allowed and says how many it left out', async () => {
    const outcome = await run(`for (const n of 'abcde') out(n)`, {
      limits: { ...limits, undeclaredFiles: 3 },
    });
    expect(outcome).toMatchObject({ status: 'completed', undeclaredOmitted: 2 });
    expect(outcome.undeclared.map(({ path }) => path)).toEqual(['a', 'b', 'c']);
  });

  it('follows no link and keeps no pipe, socket, second name or name that differs in case only', async () => {
    const outcome = await run(
      `fs.symlinkSync('/etc/passwd', at('link')); fs.symlinkSync('/etc', at('folder'));
      cp.spawnSync('/usr/bin/mkfifo', [at('pipe')]);
      out('one'); fs.linkSync(at('one'), at('two')); out('Case'); out('case'); out('.\\\\odd');
      // An address of a socket is short, which a temporary folder's need not be.
      require('net').createServer().listen(path.relative('.', at('socket')), () => process.exit(0));`,
      { outputs: { link: 'link' } },
    );
    expect(outcome).toMatchObject(failed('output-invalid', 'link is a symbolic link'));
    const message = outcome.status === 'failed' ? outcome.failure.message : '';
    for (const part of [
      'folder is a symbolic',
      'pipe is a pipe',
      'socket is a socket',
      'one has a second name',
    ])
      expect(message).toContain(part);
    expect(message).toContain('differs from Case only in case');
    expect(message).toContain('has a backslash');
    expect(outcome.outputs).toEqual([]);
  });

  it('refuses a huge number of outputs without keeping them', async () => {
    const outcome = await run(`for (let i = 0; i < 3000; i++) fs.writeFileSync(at(String(i)), '');`, {
      limits: { ...limits, outputFiles: 1000 },
    });
    expect(outcome).toMatchObject(failed('output-invalid', 'files'));
    expect(outcome.undeclared).toEqual([]);
  });

  it('does not follow a folder that was swapped for a link', async () => {
    const outcome = await run(
      `fs.rmdirSync(process.env.HOLDFAST_OUTPUTS); fs.symlinkSync('/etc', process.env.HOLDFAST_OUTPUTS);`,
    );
    expect(outcome.status).toBe('failed');
    expect(outcome.undeclared).toEqual([]);
  });

  it('ends a step whose log or output the store cannot take, and leaves nothing of it', async () => {
    const full = () => Promise.reject(new DomainError('exhausted', 'STORAGE_FULL', 'the disk is full'));
    const { scratchDir, store } = bench;
    const pipes = openPipes();
    for (const main of [
      `setInterval(() => console.log('x'.repeat(50000)), 1)`,
      `out('big', Buffer.alloc(2 ** 21))`,
    ]) {
      // The real store, on a disk that fills up now: everything that the step needs is there already.
      const spec = await bench.spec({ 'main.cjs': tools + main });
      const fullStore = { ...store, put: full, putFile: full };
      const sandbox = await openSandbox({ level, scratchDir, store: fullStore, clock: systemClock });
      const outcome = await sandbox.runStep(spec);
      await sandbox.close();
      expect(outcome).toMatchObject(failed('storage-full', 'disk is full'));
      expect(await bench.traces([...uids, outcome.isolation.uid])).toEqual([]);
    }
    await untilPipes(pipes);
  });

  it('summarises metrics in order and keeps every point', async () => {
    const outcome = await run(
      `metric('{"name":"loss","value":0.5,"step":1}'); metric('{ "value": 0.25, "name": "loss" }'); metric('');
      metric('{"name": "genauigkeit µ", "value": 1e-3}');`,
    );
    expect(outcome).toMatchObject({ status: 'completed' });
    expect(outcome.metrics.summary).toEqual([
      { name: 'genauigkeit µ', last: 0.001, count: 1, min: 0.001, max: 0.001 },
      { name: 'loss', last: 0.25, count: 2, min: 0.25, max: 0.5 },
    ]);
    expect(await bench.text(outcome.metrics.digest)).toBe(
      '{"name":"loss","step":1,"value":0.5}\n{"name":"loss","value":0.25}\n{"name":"genauigkeit µ","value":0.001}\n',
    );
  });

  it.each([
    ['NaN', '{"name":"a","value":NaN}', 'not JSON'],
    ['text', 'accuracy 0.9', 'not JSON'],
    ['beyond a double', '{"name":"a","value":1e999}', 'line 2'],
    ['two values', '{"name":"a","value":1,"value":2}', 'line 2'],
    ['another field', '{"name":"a","value":1,"epoch":3}', 'unknown field "epoch"'],
    ['a step that is no count', '{"name":"a","value":1,"step":-1}', 'step is not'],
    ['an endless line', `{"name":"${'a'.repeat(9000)}"}`, 'longer than 4096'],
  ])('names the line of a metric that is none: %s', async (_, line, part) => {
    const outcome = await run(`metric('{"name":"a","value":3}'); metric(${JSON.stringify(line)});`);
    expect(outcome).toMatchObject(failed('metrics-invalid', 'line 2'));
    expect(outcome).toMatchObject(failed('metrics-invalid', part));
    expect(outcome.metrics.summary).toMatchObject([{ name: 'a', count: 1 }]);
  });
});
