import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { holdfast, withinProcess, type Said } from '../testing/cli.js';
import { blueprintText, copyExample, mainScript, makeFolder, type TestFolder } from '../testing/folder.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
let folder: TestFolder;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

/** One that the user of a step may reach. */
const python =
  spawnSync('/usr/bin/python3', ['-c', 'import venv']).status === 0 ? '/usr/bin/python3' : undefined;
const main = new URL('../main.js', import.meta.url).pathname;
const env = (over: Readonly<Record<string, string>> = {}) => ({
  HOME: folder.path,
  HOLDFAST_DATA_DIR: server.dataDir,
  ...over,
});
type Over = Readonly<Record<string, string>>;
/** In the folder of the test, as a process of its own. */
const there = (args: readonly string[], over?: Over) => holdfast(args, { cwd: folder.path, env: env(over) });
/** Within this process, which is quicker; not in the folder. */
const hf = (args: readonly string[], over?: Over) => withinProcess(args, env(over));
const run = (args: readonly string[] = [], over?: Over) => hf(['run', folder.path, ...args], over);

function experiment(...lines: readonly string[]): void {
  folder.put('holdfast.yaml', blueprintText(...lines));
  folder.put('src/main.mjs', mainScript);
}
const json = <T>({ stdout }: Said): T => JSON.parse(stdout) as T;

/** Says so again and again: what it wrote before somebody looked is not shown before it has ended. */
const endless = `setInterval(() => console.log('begun'), 100);
setTimeout(() => process.exit(), 300_000);
`;

/** Ctrl-c as soon as the step has said that it began; what was on stderr. */
async function interruptedRun(over?: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, [main, 'run', '-v'], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], ...env(over) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let [stderr, sent] = ['', false];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (sent || !stderr.includes('main |  begun')) return;
    sent = true;
    child.kill('SIGINT');
  });
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 130) throw new Error(`ended with ${status}: ${stderr}`);
  return stderr;
}

interface ShownRun {
  readonly id: string;
  readonly status: string;
  readonly reproducibilityKey: string;
  readonly metrics: readonly { readonly name: string; readonly value: number; readonly goal?: string }[];
  readonly bundle: { readonly core: string } | null;
}

describe('holdfast run', () => {
  it('needs two commands and no edit for a script', async () => {
    copyExample('scripts', folder);
    const init = await there(['init', 'train.mjs']);
    expect(init).toMatchObject({ status: 0, stderr: '' });
    expect(init.stdout).toContain('knobs    NEIGHBOURS=5, EVERY=4');
    expect(init.stdout).toContain('next: holdfast run\n');
    const first = await there(['run']);
    expect(first.status).toBe(0);
    expect(first.stderr).toContain('wrote holdfast.lock');
    expect(first.stdout).toMatch(/^completed {2}default\/train {2}run [0-9a-f]{8} {2}in /);
    expect(first.stdout).toMatch(/accuracy {2}[01][.\d]* +maximize/);
    expect(first.stdout).toMatch(/key +sha256:[0-9a-f]{64}\n +bundle +sha256:[0-9a-f]{64}/);
    expect(first.stdout).toMatch(/holdfast reproduce [0-9a-f]{8}/);
    const again = json<ShownRun>(await run(['-o', 'json']));
    const before = json<ShownRun>(
      await hf(['show', /run ([0-9a-f]{8})/.exec(first.stdout)?.[1] ?? '', '-o', 'json']),
    );
    expect(again.id).not.toBe(before.id);
    expect(again.reproducibilityKey).toBe(before.reproducibilityKey);
    expect(again.bundle?.core).toMatch(/^sha256:/);
    expect(again.metrics).toMatchObject([{ name: 'accuracy', goal: 'maximize' }]);
    const predictions = await hf(['show', 'last', '--output', 'predictions']);
    expect(predictions.stdout.split('\n').length).toBeGreaterThan(50);
  });

  (python === undefined ? it.skip : it)('needs no more for a Python script with a venv', async () => {
    copyExample('python', folder);
    execFileSync(python as string, ['-m', 'venv', '--without-pip', folder.at('.venv')]);
    expect(await there(['init', 'train.py'])).toMatchObject({ status: 0, stderr: '' });
    const said = json<ShownRun>(await there(['run', '-o', 'json']));
    expect(said.status).toBe('completed');
    expect(said.metrics.map(({ name }) => name).sort()).toEqual(['accuracy', 'log_loss']);
    folder.put(`.venv/lib/${readdirSync(folder.at('.venv/lib'))[0]}/site-packages/new.py`, 'x = 1');
    const moved = await run();
    expect(moved.stderr).toMatch(/LOCK_STALE[^]*environment\.packages: sha256:/);
  });

  it('declares what is not declared yet in one step, and nothing twice', async () => {
    experiment('knobs: { lr: 0.5, deep: 3, name: x, on: true }');
    expect((await run(['-q', '--reason', 'a first look'])).stdout).toMatch(/^[0-9a-f-]{36}\n$/);
    const knobs = json<{ name: string; declaration: { type: string } }[]>(
      await hf(['knob', 'list', '-o', 'json']),
    );
    const types = Object.fromEntries(knobs.map(({ name, declaration }) => [name, declaration.type]));
    expect(types).toMatchObject({ lr: 'number', deep: 'integer', name: 'string', on: 'boolean' });
    const events = async () =>
      json<{ type: string; correlationId: string; reason: string }[]>(await hf(['history', '-o', 'json']));
    const declared = (await events()).filter(({ reason }) => reason === 'a first look');
    expect(declared.map(({ type }) => type).sort()).toEqual(
      expect.arrayContaining(['BlueprintVersionDeclared', 'KnobDeclared', 'RunSubmitted']),
    );
    const ofRegistry = declared.filter(({ type }) => /Declared$|Registered$|Added$/.test(type));
    expect(new Set(ofRegistry.map(({ correlationId }) => correlationId)).size).toBe(1);
    const before = (await events()).length;
    const value = json<ShownRun>(await run(['--set', 'lr=0.25', '--set', 'name=y=z', '-o', 'json']));
    expect((await events()).slice(before).filter(({ type }) => /Declared|Revised/.test(type))).toEqual([]);
    const text = await hf(['show', value.id, '--output', 'main.text']);
    expect(JSON.parse(text.stdout)).toEqual({ lr: 0.25, deep: 3, name: 'y=z', on: true });
  });

  it('takes a whole number for one only until its value has a fraction', async () => {
    experiment('blueprint: default/outgrown', 'knobs: { rate: 1 }');
    expect((await run(['--set', 'rate=0.5'])).stderr).toContain('KNOB_TYPE');
    folder.put('holdfast.yaml', blueprintText('blueprint: default/outgrown', 'knobs: { rate: 1.5 }'));
    expect(await run(['--set', 'rate=0.5'])).toMatchObject({ status: 0 });
  });

  it('refuses values before anything is declared, all at once, with the nearest name', async () => {
    experiment('blueprint: default/refused', 'knobs: { learningRate: 0.5, refusedKnob: 1 }');
    const said = await run(['--set', 'lerningRate=1', '--set', 'refusedKnob=x', '--set', 'seed=-1']);
    expect(said).toMatchObject({ status: 2, stdout: '' });
    expect(said.stderr).toContain('did you mean learningRate?');
    expect(said.stderr).toMatch(/KNOB_TYPE {2}knobs\.refusedKnob/);
    expect(said.stderr).toContain('SEED_INVALID');
    expect((await hf(['knob', 'list', '-q'])).stdout).not.toContain('refusedKnob');
    expect(await hf(['blueprint', 'show', 'refused'])).toMatchObject({ status: 8 });
  });

  it('goes by the lock: refuses what moved, and writes none when frozen or in CI', async () => {
    experiment('blueprint: default/frozen');
    for (const [args, over] of [
      [['--frozen'], {}],
      [[], { CI: 'true' }],
    ] as const) {
      const said = await run([...args], over);
      expect(said).toMatchObject({ status: 2, stdout: '' });
      expect(said.stderr).toMatch(/LOCK_MISSING {2}there is no .*holdfast\.lock/);
    }
    expect((await run(['--dry-run'])).stdout).toMatch(/^would be admitted\n {2}key +sha256:/);
    expect(() => folder.read('holdfast.lock')).toThrow();
    expect(await hf(['lock', folder.path])).toMatchObject({ status: 0 });
    expect(await run(['-q'], { CI: 'true' })).toMatchObject({ status: 0 });
    folder.put('src/main.mjs', `${mainScript}//`);
    const stale = await run();
    expect(stale.status).toBe(2);
    expect(stale.stderr).toMatch(
      /LOCK_STALE {2}.*holdfast\.lock is not what is here:\n {2}code\.sizeBytes: \d+ → \d+/,
    );
    expect(stale.stderr).toContain('\n  code: main.mjs changed\n');
    expect(stale.stderr).toContain('run `holdfast lock`');
  });

  it('says why a run failed, shows the end of stderr, and ends with 3', async () => {
    experiment('blueprint: default/failing');
    folder.put(
      'src/main.mjs',
      'for (let i = 0; i < 40; i++) console.error(`line ${i}`);\nprocess.exit(9);\n',
    );
    const said = await run();
    expect(said).toMatchObject({ status: 3 });
    expect(said.stdout).toMatch(/^failed {2}default\/failing/);
    expect(said.stdout).toContain('command-failed in main: exited with status 9');
    expect(said.stdout).toContain('    line 39\n');
    expect(said.stdout).not.toContain('line 20\n');
    expect(said.stdout).toMatch(/all of it: holdfast logs [0-9a-f]{8} --step main/);
    const logs = await hf(['logs', 'last', '--step', 'main', '--stderr']);
    expect(logs.stdout.split('\n')).toHaveLength(41);
    expect((await hf(['runs', 'failed', '-q'])).stdout).toMatch(/^[0-9a-f-]{36}$/m);
  });

  it('tells every problem of a file without a server, and what admission refuses with one', async () => {
    experiment('environment: { image: "docker.io/library/python:3.12" }', 'seeds: 1');
    const said = await run([], { HOLDFAST_SERVER: '127.0.0.1:9' });
    expect(said.status).toBe(2);
    expect(said.stderr).toMatch(/holdfast\.yaml:\d+:\d+ {2}IMAGE_NOT_PINNED[^]*KEY_UNKNOWN/);
    expect(await hf(['run', 'default/nothing'])).toMatchObject({ status: 8 });
    folder.put('data.csv', 'a,b\n1,2\n3,4\n5,6\n');
    experiment(
      'blueprint: default/admission',
      'data: { d: { path: data.csv, folds: { k: 2, stratify: species } } }',
      'steps: { main: { run: [node, main.mjs], in: { d: data.d }, out: { text: text.txt } } }',
    );
    const refused = await run();
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toMatch(/holdfast\.yaml:\d+:\d+ {2}COLUMN_UNKNOWN {2}data\.d\.folds\.stratify/);
  });

  it('leaves nothing behind where options are wrong, or of another namespace than the file', async () => {
    experiment('blueprint: default/nowhere');
    for (const [wrong, code] of [
      [['--priority', '101'], 'PRIORITY_INVALID'],
      [['--priority', '101', '--dry-run'], 'PRIORITY_INVALID'],
      [['-n', 'elsewhere'], 'NAMESPACE_OTHER'],
      [['-n', 'elsewhere', '--dry-run'], 'NAMESPACE_OTHER'],
    ] as const) {
      const refused = await run(wrong);
      expect(refused).toMatchObject({ status: 2, stdout: '' });
      expect(refused.stderr).toContain(code);
    }
    expect((await hf(['blueprint', 'show', 'default/nowhere'])).status).toBe(8);
    expect((await run(['-n', 'default', '--dry-run'])).status).toBe(0);
  });

  it('is the same run for a job that is started again with its key, and refuses the key for another', async () => {
    experiment('blueprint: default/again', 'knobs: { size: 1 }');
    const key = ['--idempotency-key', 'job 17', '-q'];
    const first = await run(key);
    expect(first).toMatchObject({ status: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/) });
    expect(await run(key)).toMatchObject({ status: 0, stdout: first.stdout });
    expect((await run([...key, '--set', 'size=2'])).status).toBe(2);
    expect((await run(['--idempotency-key', ''])).stderr).toContain('IDEMPOTENCY_KEY_INVALID');
  });

  it('leaves a run to the server when detached, and runs what was declared by name', async () => {
    experiment('blueprint: default/detached');
    const detached = await run(['--detach', '-q']);
    expect(detached).toMatchObject({ status: 0 });
    const id = detached.stdout.trim();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(json<ShownRun>(await hf(['show', id, '-w', '-o', 'json'])).status).toBe('completed');
    const named = await hf(['run', 'default/detached@1', '-o', 'json']);
    expect(json<ShownRun>(named).reproducibilityKey).toBe(
      json<ShownRun>(await hf(['show', id, '-o', 'json'])).reproducibilityKey,
    );
  });

  it('shows what steps write as they write it; ctrl-c leaves the run to the server; cancel ends it', async () => {
    experiment('blueprint: default/slow');
    folder.put('src/main.mjs', endless);
    const stderr = await interruptedRun();
    const [, id = ''] = /run ([0-9a-f]{8}) goes on: holdfast show/.exec(stderr) ?? [];
    // What a step says is shown before the scheduler has been told that it began.
    await server.eventually(
      async () => (await hf(['runs', 'running', '-q'])).stdout.includes(id) || undefined,
    );
    expect(await hf(['cancel', id])).toMatchObject({ status: 2 });
    expect(await hf(['cancel', id, '--reason', 'seen enough'])).toMatchObject({ status: 0 });
    const after = json<ShownRun>(await hf(['show', id, '-w', '-o', 'json']));
    expect(after.status).toBe('cancelled');
    expect(await hf(['cancel', id, '--reason', 'again'])).toMatchObject({ status: 0 });
  });

  it('works without a server: one lives for the command, and takes an interrupted run with it', async () => {
    experiment('blueprint: default/alone');
    folder.put('src/main.mjs', endless);
    const own = { HOLDFAST_DATA_DIR: folder.at('data') };
    expect((await run(['--detach'], own)).stderr).toContain('DETACH_NEEDS_SERVER');
    const stderr = await interruptedRun(own);
    expect(stderr).toMatch(/run [0-9a-f]{8} is cancelled/);
  });
});

describe('holdfast runs, logs', () => {
  it('filters and sorts, names what there is not, and gives bytes as they are', async () => {
    experiment('blueprint: default/listed', 'knobs: { size: 1 }');
    await run(['-q']);
    await run(['-q', '--set', 'size=2']);
    const rows = json<ShownRun[]>(
      await hf(['runs', 'completed', 'default/listed', '--sort', '-metrics.size', '-o', 'json']),
    );
    expect(rows).toHaveLength(2);
    expect((await hf(['runs', 'blueprint=default/listed', '--limit', '1'])).stderr).toContain('--all');
    expect((await hf(['runs', 'complete', 'colour=red'])).stderr).toContain('FILTER_UNKNOWN');
    expect((await hf(['logs', 'last', '--step', 'main', '--stdout'])).stdout).toBe('wrote it\n');
    expect((await hf(['logs', 'last'])).stdout).toBe('main |  wrote it\nmain !  and said so\n');
    const lines = (await hf(['logs', 'last', '-o', 'jsonl'])).stdout.trim().split('\n');
    expect(JSON.parse(lines[1] ?? '')).toEqual({ step: 'main', channel: 'stderr', line: 'and said so' });
    expect(await hf(['logs', 'last', '--step', 'nope'])).toMatchObject({ status: 8 });
    expect((await hf(['show', 'last', '--output', 'nope'])).stderr).toContain('it has main.text');
    expect(await hf(['show', 'ffffffff'])).toMatchObject({ status: 8 });
    expect(await hf(['show', 'x'])).toMatchObject({ status: 2 });
  });

  it('fetches outputs that are folders, and writes over nothing', async () => {
    experiment('blueprint: default/folders', 'steps: { main: { run: [node, main.mjs], out: { all: all } } }');
    folder.put(
      'src/main.mjs',
      `import { mkdirSync, writeFileSync } from 'node:fs';
mkdirSync('outputs/all/deep', { recursive: true });
writeFileSync('outputs/all/deep/a.txt', 'one');
writeFileSync('outputs/all/b.sh', 'two', { mode: 0o755 });`,
    );
    expect(await run(['-q'])).toMatchObject({ status: 0 });
    expect((await hf(['show', 'last', '--output', 'all'])).stderr).toContain('--into FOLDER');
    const into = ['show', 'last', '--output', 'main.all', '--into', folder.at('got')];
    expect(await hf(into)).toMatchObject({ status: 0, stdout: '' });
    expect([folder.read('got/deep/a.txt'), folder.read('got/b.sh')]).toEqual(['one', 'two']);
    expect(statSync(folder.at('got/b.sh')).mode & 0o100).toBe(0o100);
    expect(await hf(into)).toMatchObject({ status: 2 });
  });
});
