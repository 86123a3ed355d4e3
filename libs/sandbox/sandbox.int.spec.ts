import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Digest } from '#kernel';
import { failureClasses, nodeEnvironment, openSandbox, probeIsolation, type StepSpec } from './index.js';
import { alternativeRoot } from './work-root.js';
import {
  limits,
  openBench,
  openPipes,
  testedLevels,
  untilPipes,
  type StepBench,
} from './testing/step-bench.js';

const absent = `sha256:${'f'.repeat(64)}` as Digest;

describe.each(await testedLevels())('a step at level %s', (level) => {
  let bench: StepBench;
  beforeAll(async () => {
    bench = await openBench(level);
  });
  afterAll(() => bench.close());
  const run = async (main: string, over: Partial<StepSpec> = {}) =>
    bench.sandbox.runStep(await bench.spec({ 'main.cjs': main, 'lib/help.cjs': 'exports.x = 1' }, over));

  it('sees its code, inputs and parameters, and in its environment what is declared and nothing else', async () => {
    const tree = await bench.tree({ 'a/b.txt': 'tree' });
    const blob = await bench.store.put(Buffer.from('blob'));
    const outcome = await run(
      `const fs = require('fs');
      const read = (p) => fs.readFileSync(p, 'utf8');
      console.log(JSON.stringify([fs.readdirSync('.'), require('./lib/help.cjs').x,
        read('inputs/raw'), read('inputs/set/a/b.txt'), read('inputs/folds/0/model'), read(process.env.HOLDFAST_PARAMS)]));
      console.log(Object.keys(process.env).sort().join(' '));
      console.log(process.env.HOLDFAST_SEED, process.env.OMP_NUM_THREADS, process.env.TOKEN, process.env.PYTHONHASHSEED);`,
      {
        inputs: [
          { path: 'raw', blob: blob.digest },
          { path: 'set', tree },
          { path: 'folds/0/model', bytes: Buffer.from('inline') },
        ],
        params: Buffer.from('{"lr":1}'),
        secrets: { TOKEN: 'hush' },
        variables: { PYTHONHASHSEED: '7' },
        seed: `fffffffe${'0'.repeat(56)}`,
      },
    );
    expect(outcome.status).toBe('completed');
    const [things, names, values] = (await bench.text(outcome.stdout.digest)).split('\n');
    expect(JSON.parse(things!)).toEqual([
      ['inputs', 'lib', 'main.cjs', 'outputs', 'params.json'],
      ...[1, 'blob', 'tree', 'inline', '{"lr":1}'],
    ]);
    expect(names!.split(' ').filter((name) => !/_THREADS$/.test(name))).toEqual(
      [
        ...['CUBLAS_WORKSPACE_CONFIG', 'HOLDFAST_INPUTS', 'HOLDFAST_METRICS', 'HOLDFAST_OUTPUTS'],
        ...[
          'HOLDFAST_PARAMS',
          'HOLDFAST_RUN_KEY',
          'HOLDFAST_SEED',
          'HOLDFAST_STEP',
          'HOME',
          'LANG',
          'LC_ALL',
        ],
        ...['OMP_DYNAMIC', 'PATH', 'PYTHONDONTWRITEBYTECODE', 'PYTHONHASHSEED', 'SOURCE_DATE_EPOCH'],
        ...['TF_DETERMINISTIC_OPS', 'TMPDIR', 'TOKEN', 'TZ'],
      ].sort(),
    );
    // Masked, so it was there.
    expect(values).toBe('4294967294 2 *** 7');
    expect(JSON.stringify(outcome)).not.toContain('hush');
  });

  it('has a name of its own where it sees no users of the host', async () => {
    const outcome = await run(
      `let name = 'unknown'; try { name = require('os').userInfo().username } catch {} console.log(name)`,
    );
    const ofHost = process.getuid?.() === 0 ? 'unknown' : userInfo().username;
    expect(await bench.text(outcome.stdout.digest)).toBe(`${level === 'bubblewrap' ? 'step' : ofHost}\n`);
  });

  it('says which blob, environment or command is not there', async () => {
    const { environment } = await bench.spec({});
    const cases: [Partial<StepSpec>, string, string][] = [
      [{ code: absent }, 'input-corrupt', absent],
      [{ inputs: [{ path: 'raw', blob: absent }] }, 'input-corrupt', absent],
      [{ code: await bench.tree({ 'outputs/x': '' }) }, 'input-corrupt', 'outputs at its top'],
      [
        { environment: { ...environment, digest: absent } as StepSpec['environment'] },
        'environment-mismatch',
        absent,
      ],
      [{ argv: ['sh', '-c', 'true'] }, 'command-not-found', 'PATH is not searched'],
      [{ argv: ['./main.cjs'] }, 'command-not-found', 'not executable'],
    ];
    const pipes = openPipes();
    for (const [over, name, part] of cases)
      expect(await run('', over)).toMatchObject({
        status: 'failed',
        failure: { class: name, message: expect.stringContaining(part) },
      });
    await untilPipes(pipes);
  });

  it('refuses what could not be run anywhere, all of it at once', async () => {
    const bad: Partial<StepSpec> = {
      argv: ['/bin/sh'],
      inputs: [
        { path: '../x', bytes: Buffer.of() },
        { path: 'a', bytes: Buffer.of() },
        { path: 'A/b', bytes: Buffer.of() },
      ],
      outputs: { o: '/etc/passwd' },
      limits: { ...limits, pids: 0 },
      variables: { PATH: '/bin' },
      seed: 'x',
    };
    await expect(run('', bad)).rejects.toMatchObject({
      code: 'STEP_INVALID',
      problems: [
        'argv.0',
        'seed',
        'inputs.0.path',
        'inputs.2.path',
        'outputs.o',
        'limits.pids',
        'variables.PATH',
      ].map((field) => expect.objectContaining({ field })),
    });
  });

  it('shows output as it comes', async () => {
    const spec = await bench.spec({ 'main.cjs': `console.log('one'); console.error('two');` });
    const pieces: string[] = [];
    const outcome = await bench.sandbox.runStep(spec, {
      onOutput: ({ stream, bytes }) => pieces.push(`${stream} ${Buffer.from(bytes).toString()}`),
    });
    expect(pieces.sort()).toEqual(['stderr two\n', 'stdout one\n']);
    expect(outcome.usage.durationMs).toBeGreaterThan(0);
  });

  it('leaves nothing to the next step, whose folder may be the one that it had', async () => {
    const look = `const fs = require('fs');
      const [tmp, out] = [process.env.TMPDIR, process.env.HOLDFAST_OUTPUTS];
      fs.accessSync(tmp, fs.constants.W_OK);
      console.log(JSON.stringify({ seen: [tmp, out, 'inputs', '.'].map((path) => fs.readdirSync(path).sort()),
        metrics: fs.statSync(process.env.HOLDFAST_METRICS).size, born: fs.statSync(tmp, { bigint: true }).birthtimeNs + '' }));`;
    const fill = (files: number) => `
      for (const folder of [tmp, out]) {
        fs.mkdirSync(folder + '/.a/b', { recursive: true });
        for (let i = 0; i < ${files}; i++) fs.writeFileSync(folder + '/.a/b/' + i, '');
      }
      fs.symlinkSync('/', tmp + '/link');
      fs.chmodSync(out, 0o1777);
      fs.writeFileSync(process.env.HOLDFAST_METRICS, '{"name":"a","value":1}\\n');`;
    const more = { inputs: [{ path: 'a/b', bytes: Buffer.from('x') }] };
    const seenBy = async (main: string, over: Partial<StepSpec> = {}) => {
      const outcome = await run(main, over);
      expect(outcome.status).toBe('completed');
      return JSON.parse(await bench.text(outcome.stdout.digest)) as { born: string; seen: string[][] };
    };
    const first = await seenBy(look + fill(20), more);
    const second = await seenBy(look + fill(300));
    const third = await seenBy(look);
    for (const one of [second, third])
      expect(one).toMatchObject({
        seen: [[], [], [], ['inputs', 'lib', 'main.cjs', 'outputs', 'params.json']],
        metrics: 0,
      });
    // Where steps run as a user of their own; but not one that was filled.
    expect(second.born === first.born).toBe(process.getuid?.() === 0);
    expect(third.born).not.toBe(second.born);
  });

  it('runs several at once without their meeting', async () => {
    const outcomes = await Promise.all(
      [1, 2, 3, 4].map((n) =>
        run(
          `require('fs').writeFileSync('outputs/n', '${n}'); console.log(require('fs').readdirSync('outputs'))`,
        ),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill('completed'));
    expect(await bench.traces(outcomes.map(({ isolation }) => isolation.uid))).toEqual([]);
  });
});

it('lets a step run by an interpreter that its user could not reach', async () => {
  const bench = await openBench('process');
  const hidden = join(bench.dir, 'hidden');
  await mkdir(hidden, { mode: 0o700 });
  const nodePath = join(hidden, 'node');
  await link(process.execPath, nodePath).catch(() => copyFile(process.execPath, nodePath));
  const { digest } = await nodeEnvironment(nodePath);
  const spec = await bench.spec({ 'main.cjs': '' }, { environment: { kind: 'node', nodePath, digest } });
  expect(await bench.sandbox.runStep(spec)).toMatchObject({ status: 'completed' });
  await bench.close();
  expect(existsSync(alternativeRoot(bench.scratchDir))).toBe(false);
});

it('refuses a level that the host has not, and one that does not isolate when isolation is required', async () => {
  const bench = await openBench('process');
  const { store, scratchDir } = bench;
  const open = (level: 'auto' | 'process' | 'bubblewrap') =>
    openSandbox({ level, required: true, scratchDir, store, clock: systemClock });
  await expect(open('process')).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
  const probe = await probeIsolation();
  for (const level of ['auto', 'bubblewrap'] as const) {
    if (!probe.bubblewrap.available)
      await expect(open(level)).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    else {
      const sandbox = await open(level);
      expect(sandbox.level).toBe('bubblewrap');
      await sandbox.close();
    }
  }
  await bench.close();
});

it('says for every failure class in a line what it means and what to do', () => {
  for (const line of Object.values(failureClasses)) expect(line).toMatch(/^.{20,140}$/);
});
