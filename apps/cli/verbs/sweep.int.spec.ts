import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runningServer, startServer } from '../server.js';
import { writeExperiment } from '../testing/experiment.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
let file: string;

beforeAll(async () => {
  server = await startTestServer();
  file = await writeExperiment(server.path('tiny'));
});
afterAll(() => server.close());

interface Member {
  readonly sweep: string;
  readonly index: number;
  readonly knobs: Record<string, number>;
  readonly run: string;
  readonly status: string;
  readonly metrics: Record<string, number>;
}
interface Sweep {
  readonly id: string;
  readonly status: string;
  readonly members: number;
  readonly completed: number;
}
const sweeps = async () => (await server.json('sweeps')) as Sweep[];

/** `holdfast` as a process that can be interrupted as soon as it has said something. */
function interruptible(...args: string[]) {
  const main = new URL('../main.js', import.meta.url).pathname;
  const env = { PATH: process.env['PATH'], HOME: server.dir, HOLDFAST_DATA_DIR: server.dataDir };
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return {
    child,
    stderr: () => stderr,
    ended: once(child, 'close').then(([status]) => status as number | null),
  };
}

describe('a sweep', () => {
  it('is printed without being recorded, and without a lock being written', async () => {
    const said = await server.run(
      'sweep',
      file,
      'noise=random(0,10)',
      'seed=1,2',
      '--trials',
      '3',
      '--print-trials',
      '-o',
      'jsonl',
    );
    expect(said.status).toBe(0);
    const members = said.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Member);
    expect(members.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(members.map(({ knobs }) => knobs['seed'])).toEqual([1, 1, 1, 2, 2, 2]);
    expect(await sweeps()).toEqual([]);
    expect(existsSync(file.replace('.yaml', '.lock'))).toBe(false);
  });

  it('shows its members best first, whichever way they are asked for', async () => {
    const args = ['sweep', file, 'noise=0,0.001,1000', '--reason', 'how loud is it'];
    const members = (await server.json(...args)) as Member[];
    expect(members).toHaveLength(3);
    expect(members[0]).toMatchObject({ knobs: { noise: 1000 }, status: 'completed' });
    expect(members.map(({ index }) => index)).toEqual([2, 1, 0]);
    expect(await sweeps()).toMatchObject([
      { status: 'completed', members: 3, completed: 3, reason: 'how loud is it' },
    ]);
    const again = await server.run('sweeps', 'last');
    expect(again).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/3 completed\nbest: noise=1000 {2}score /),
    });
    expect(again.stdout.split('\n')[0]).toMatch(/^# +noise +RUN +STATUS +score ↑$/);
    const unsorted = await server.run('sweep', file, 'noise=3', '--by', 'scor');
    expect(unsorted).toMatchObject({ status: 2, stderr: expect.stringContaining('did you mean score?') });
    expect(unsorted.stdout.split('\n')[0]).toMatch(/^# +noise +RUN +STATUS +score ↑$/);
    const [, before = ''] = (await sweeps()).map(({ id }) => id);
    const ids = await server.run('sweeps', before, '-q');
    expect(ids.stdout.trim().split('\n')).toEqual(members.map(({ run }) => run));
    const run = (await server.json('show', members[0]?.run ?? '')) as { sweep: string };
    expect(run.sweep).toBe(members[0]?.sweep);
  });

  it('is refused with every problem at once', async () => {
    const said = await server.run(
      'sweep',
      file,
      'noise=0,5000',
      'nois=1',
      'seed=range(3,1)',
      '--print-trials',
    );
    expect(said).toMatchObject({ status: 2, stdout: '' });
    for (const code of ['KNOB_OUT_OF_RANGE', 'KNOB_NOT_SET', 'did you mean noise', 'SWEEP_RANGE_EMPTY'])
      expect(said.stderr).toContain(code);
    expect((await server.run('sweep', file, 'noise=0,5000', 'nois=1')).stderr).toContain('KNOB_OUT_OF_RANGE');
    expect((await server.run('sweeps', 'last', '--by', 'scor')).stderr).toContain('did you mean score?');
    expect(await server.run('sweeps', 'abcdef')).toMatchObject({ status: 8 });
  });

  it('goes on after ctrl-c, says how to watch it, and can be cancelled', async () => {
    // Open until it is cancelled, however long that takes to come.
    await server.run('drain', 'last', '--reason', 'to have it wait');
    const sweep = interruptible('sweep', file, 'noise=range(0,100)');
    while (!/sweep [0-9a-f]{8} of 100 members/.test(sweep.stderr()))
      if (
        await Promise.race([once(sweep.child.stderr, 'data').then(() => false), sweep.ended.then(() => true)])
      )
        throw new Error(`it ended: ${sweep.stderr()}`);
    sweep.child.kill('SIGINT');
    expect(await sweep.ended).toBe(130);
    const id = /goes on: holdfast sweeps ([0-9a-f]{8}) --watch/.exec(sweep.stderr())?.[1] ?? 'none';
    // Another client is shown it a moment later.
    const newest = await server.eventually(async () =>
      (await sweeps()).find((each) => each.id.startsWith(id)),
    );
    expect(newest.status).toBe('open');
    expect(await server.run('sweeps', 'cancel', 'last', '--reason', 'seen enough')).toMatchObject({
      status: 0,
    });
    const watched = await server.run('sweeps', 'last', '--watch', '-o', 'json');
    expect(watched.status).toBe(3);
    const statuses = new Set((JSON.parse(watched.stdout) as Member[]).map(({ status }) => status));
    expect(statuses.has('cancelled')).toBe(true);
    expect(statuses.has('queued') || statuses.has('running')).toBe(false);
    await server.run('uncordon', 'last', '--reason', 'to go on');
  });
});

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** A sweep of which some members have completed and some have not, and of how many: of more where we came too late to see that. */
async function halfDone(count: number): Promise<[id: string, count: number]> {
  const said = await server.run('sweep', file, `noise=range(100,${100 + count})`, '--detach', '-q');
  const id = said.stdout.trim();
  const some = await server.eventually(async () => {
    const found = (await sweeps()).find((sweep) => sweep.id === id);
    return found && found.completed > 1 ? found : undefined;
  });
  return some.status === 'open' ? [id, count] : halfDone(4 * count);
}

describe('a server that is killed in the middle of a sweep', () => {
  it('finishes it when it is started again, each member once', async () => {
    const [id, count] = await halfDone(8);
    const { pid } = runningServer(server.dataDir) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await server.eventually(async () => !isAlive(pid) || undefined);
    const env = { PATH: process.env['PATH'], HOME: server.dir };
    const again = await startServer(server.dataDir, 0, env);
    try {
      const watched = await server.run('sweeps', id, '--watch', '-o', 'json');
      expect(watched).toMatchObject({ status: 0 });
      const members = JSON.parse(watched.stdout) as Member[];
      expect(new Set(members.map(({ run }) => run)).size).toBe(count);
      expect(members.every(({ status }) => status === 'completed')).toBe(true);
      const runs = (await server.json('runs', '--all')) as { sweep?: string }[];
      expect(runs.filter(({ sweep }) => sweep === id)).toHaveLength(count);
    } finally {
      await again.stop();
    }
  });
});
