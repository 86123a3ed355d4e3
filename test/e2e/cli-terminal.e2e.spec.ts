/* eslint-disable no-control-regex -- what a terminal is told to draw */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bin, newcomer, type Newcomer } from '../support/command-line.js';
import { startTogether } from '../support/start-together.js';

let somebody: Newcomer;
beforeEach(() => {
  somebody = newcomer();
  somebody.put(
    'steps.mjs',
    'import { setTimeout } from "node:timers/promises";\nconst MS = 2500;\nconsole.log("begun");\nawait setTimeout(MS);\nconsole.log("loss:", 1 / MS);\n',
  );
});
afterEach(() => somebody.remove());

const hasScript = spawnSync('script', ['--version']).status === 0;

/** In a terminal of its own, 60 columns wide; ctrl-c is typed once `until` has been shown. Everything that was drawn. */
async function inTerminal(
  line: string,
  until?: RegExp,
): Promise<{ readonly status: number; readonly drawn: string }> {
  const typed = `stty cols 60; ${process.execPath} ${bin} ${line}`;
  const child = spawn('script', ['-qec', typed, '/dev/null'], {
    cwd: somebody.folder,
    env: { ...somebody.env, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let [drawn, typedIt] = ['', false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    drawn += text;
    if (typedIt || until?.test(drawn) !== true) return;
    typedIt = true;
    child.stdin.write('\u0003');
  });
  const [status] = (await once(child, 'close')) as [number];
  return { status, drawn };
}

(hasScript ? describe : describe.skip)('a run', () => {
  it('shows on a terminal how far it is, on one line that is wiped; elsewhere nothing of it', async () => {
    expect(await somebody.holdfast('init', 'steps.mjs')).toMatchObject({ status: 0 });
    const system = await startTogether();
    const run = ['run', '--server', system.addresses.scheduler];
    let [drawn, states]: [string, readonly string[]] = ['', []];
    // Longer where a start takes so long that little is seen of it.
    for (let ms = 2500; states.length <= 2; ms *= 4) {
      const longer = ms === 2500 ? [] : ['--set', `MS=${ms}`, '--reason', 'longer'];
      const shown = await inTerminal([...run, ...longer].join(' '));
      expect(shown.status).toBe(0);
      ({ drawn } = shown);
      states = drawn.match(/\r\u001b\[2Krun [0-9a-f]{8} running, 0 of 1 steps, [^\r\n]*/g) ?? [];
    }
    for (const state of states) expect(state.length).toBeLessThanOrEqual(60 + 4);
    expect(drawn).toMatch(/\r\u001b\[2K\u001b\[1m\u001b\[32mcompleted/);
    const quiet = await somebody.holdfast(...run, '--set', 'MS=10', '--reason', 'sooner');
    await system.close();
    expect(quiet.status).toBe(0);
    expect(quiet.stdout + quiet.stderr).not.toMatch(/running,|\u001b|\r/);
    expect(await somebody.processes()).toEqual([]);
  });

  it('ends with ctrl-c when its server is of this command only, and leaves no process', async () => {
    expect(await somebody.holdfast('init', 'steps.mjs')).toMatchObject({ status: 0 });
    somebody.put(
      'steps.mjs',
      somebody
        .read('steps.mjs')
        // What is said before somebody listens is not shown, so it is said again.
        .replace('console.log("begun")', 'setInterval(() => console.log("begun"), 100)')
        .replace('await setTimeout(MS)', 'await setTimeout(MS * 1000)'),
    );
    const { status, drawn } = await inTerminal('run -v', /main \| {2}begun/);
    expect(status).toBe(130);
    expect(drawn).toMatch(
      /cancelling run ([0-9a-f]{8}): its server ends with this command[^]*run \1 is cancelled/,
    );
    expect(await somebody.processes()).toEqual([]);
    const after = await startTogether({ dataDir: join(somebody.home, '.local/share/holdfast') });
    const request = { namespace: '', pageSize: 10, pageToken: '', statuses: [], orderBy: '' };
    const { runs } = await after.connection.scheduler.listRuns(request);
    await after.close();
    expect(runs.map((run) => run.status)).toEqual(['RUN_STATUS_CANCELLED']);
  });
});
