import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { systemClock } from '#kernel';
import { findTool } from '../isolation/tools.js';
import { openBench, type StepBench } from '../testing/step-bench.js';
import type { LaunchPlan } from './launch.js';
import { openLauncher, type Launcher } from './launcher.js';
import { allPids, isGone, processInfo } from './proc.js';

const plan = (script: string, over: Partial<LaunchPlan> = {}): LaunchPlan => ({
  argv: ['/bin/sh', '-c', script],
  env: { GREETING: 'hello' },
  cwd: '/',
  uid: null,
  reports: false,
  reads: [],
  ulimits: { fileBytes: 2 ** 20, threads: 10_000, openFiles: 100 },
  entrances: [],
  ...over,
});

async function launchers(): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await allPids()) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    const info = processInfo(pid);
    if (command.startsWith('holdfast-launcher') && info?.ppid === process.pid && !isGone(info))
      found.push(pid);
  }
  return found;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await systemClock.sleep(5);
}

describe('the launcher', () => {
  let launcher: Launcher;
  beforeEach(() => {
    launcher = openLauncher();
  });
  afterEach(() => launcher.close());

  it('starts what it is told to, which waits until it is let go', async () => {
    const launched = await launcher.launch(
      plan('echo $GREETING; echo aside >&2; echo told >&4; ulimit -n; pwd; exit 3', {
        reports: true,
        cwd: '/usr',
      }),
    );
    const info = processInfo(launched.pid);
    expect(info).toMatchObject({ startTime: launched.startTime, pgid: launched.pid });
    expect(info?.ppid).toBe((await launchers())[0]);
    launched.release();
    const all = [launched.stdout, launched.stderr, launched.report].map((stream) => text(stream));
    expect(await Promise.all(all)).toEqual(['hello\n100\n/usr\n', 'aside\n', 'told\n']);
    expect(await launched.exited).toEqual({ exitCode: 3, signal: null });
  });

  it('lets a process enter what it is given the entrances of, and nobody after it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'entrances-'));
    const entrances = ['one', 'two'].map((name) => join(folder, name));
    const launched = await launcher.launch(plan('echo 1 >&4; echo 1 >&5', { entrances }));
    launched.release();
    expect(await launched.exited).toMatchObject({ exitCode: 2 });
    expect(await Promise.all(entrances.map((path) => readFile(path, 'utf8')))).toEqual(['0\n', '0\n']);
    await rm(folder, { recursive: true });
  });

  it('finds lines to read', async () => {
    const reads = ["it's $HOME `pwd`", 'two'];
    const launched = await launcher.launch(plan('cat <&6; cat <&5', { reads }));
    launched.release();
    expect(await text(launched.stdout)).toBe("two\nit's $HOME `pwd`\n");
  });

  it('cannot gain privileges when it was told so, nor can what it starts', async () => {
    const setpriv = await findTool('setpriv');
    const careful = openLauncher(setpriv);
    const launched = await careful.launch(plan('grep NoNewPrivs /proc/self/status'));
    launched.release();
    expect(await text(launched.stdout)).toBe(`NoNewPrivs:\t${setpriv === undefined ? 0 : 1}\n`);
    await careful.close();
  });

  it('makes a process wait that writes faster than it is read, and loses nothing', async () => {
    const launched = await launcher.launch(plan('head -c 3000000 /dev/zero; kill -TERM $$'));
    launched.release();
    let bytes = 0;
    for await (const piece of launched.stdout as AsyncIterable<Buffer>) {
      bytes += piece.length;
      await systemClock.sleep(1);
    }
    expect(bytes).toBe(3_000_000);
    expect(await launched.exited).toEqual({ exitCode: null, signal: 'SIGTERM' });
  });

  it('starts several at once, each with streams of its own', async () => {
    const said = Array.from({ length: 8 }, async (_, i) => {
      const launched = await launcher.launch(plan(`echo ${i}`));
      launched.release();
      return text(launched.stdout);
    });
    expect(await Promise.all(said)).toEqual(Array.from({ length: 8 }, (_, i) => `${i}\n`));
    expect(await launchers()).toHaveLength(1);
  });

  it('says what could not be started', async () => {
    await expect(launcher.launch(plan('', { cwd: '/nowhere' }))).rejects.toMatchObject({
      failure: { class: 'sandbox-unavailable', message: expect.stringContaining('could not be started') },
    });
    const long = plan('', { argv: ['/bin/sh', 'x'.repeat(4 * 2 ** 20)] });
    await expect(launcher.launch(long)).rejects.toMatchObject({ failure: { class: 'sandbox-unavailable' } });
  });

  it('leaves nothing waiting when it is closed or killed before a process was let go', async () => {
    const first = await launcher.launch(plan('sleep 1000'));
    await launcher.close();
    await until(() => isGone(processInfo(first.pid)));
    const second = await launcher.launch(plan('sleep 1000'));
    process.kill((await launchers())[0] as number, 'SIGKILL');
    expect(await second.exited).toMatchObject({ lost: { class: 'internal' } });
    second.release();
    expect(await launchers()).toEqual([]);
  });

  it('ends with a server that was killed before it took a process over, and the process with it', async () => {
    const main = new URL('./launcher-main.js', import.meta.url).pathname;
    const server = `import { fork } from 'node:child_process';
      const launcher = fork(${JSON.stringify(main)}, { execArgv: [], stdio: ['pipe', 'ignore', 'ignore', 'ipc'] });
      launcher.on('message', ({ pid }) => {
        process.stdout.write([launcher.pid, pid].join() + '\\n');
        process.kill(process.pid, 'SIGKILL');
      });
      const argv = ['/bin/sleep', '1000'];
      launcher.send({ id: 1, argv, env: {}, cwd: '/', uid: null, ends: ['stdout', 'stderr'], entrances: [] });`;
    const killed = spawn(process.execPath, ['--input-type=module', '-e', server], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pids = (await text(killed.stdout)).trim().split(',').map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) await until(() => isGone(processInfo(pid)));
  });
});

describe('a step whose launcher is killed', () => {
  let bench: StepBench;
  beforeEach(async () => {
    bench = await openBench('process');
  });
  afterEach(() => bench.close());

  it('is ended and says so, and the next one is started by another launcher', async () => {
    const spec = await bench.spec({ 'main.cjs': `console.log('under way'); setInterval(() => {}, 1000);` });
    const outcome = await bench.sandbox.runStep(spec, {
      onOutput: () => void launchers().then(([pid]) => process.kill(pid as number, 'SIGKILL')),
    });
    expect(outcome).toMatchObject({ status: 'failed', failure: { class: 'internal' } });
    expect(await bench.traces([outcome.isolation.uid])).toEqual([]);
    const next = await bench.sandbox.runStep(await bench.spec({ 'main.cjs': '' }));
    expect(next).toMatchObject({ status: 'completed' });
  });
});
