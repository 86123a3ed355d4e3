import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scheduler } from '#contracts';
import { declare, ended, key, reason, submit, type Experiment } from '../support/experiment.js';
import { startTogether } from '../support/start-together.js';
import { staying } from '../support/staying.js';
import { startServer, type Env, type ServerProcess } from './server-process.js';
import { recorded, traces } from './traces.js';

const { RUN_STATUS_CANCELLED, RUN_STATUS_COMPLETED, RUN_STATUS_FAILED } = scheduler.RunStatus;
const namespace = 'orphans';
const servers: ServerProcess[] = [];
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'holdfast-orphans-'));
  // Steps run as somebody else and must find their folders.
  await chmod(dataDir, 0o755);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.end('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

async function start(env: Env = {}): Promise<ServerProcess> {
  const server = await startServer(dataDir, env);
  servers.push(server);
  return server;
}

const harm = (name: string, script: string, blueprint: Experiment['blueprint'] = {}): Experiment => ({
  namespace,
  name,
  files: { 'main.mjs': script },
  blueprint: { steps: { harm: { run: ['node', 'main.mjs'] } }, ...blueprint },
});

/** Waits until a step of the run says that it is under way. */
async function underWay({ connection }: ServerProcess, { id }: scheduler.Run): Promise<void> {
  for await (const { data } of connection.scheduler.tailLogs({ namespace, id, follow: true, shown: [] }))
    if (data.includes('under way')) return;
  throw new Error('the run ended before its step was under way');
}

/** What is said before somebody listens is not shown, so it is said again. */
const saysIt = "setInterval(() => console.log('under way'), 100);";

const leavesChildren = `import { spawn } from 'node:child_process';
spawn('/bin/sh', ['-c', '/bin/sleep 1000 & /bin/sleep 1000'], { detached: true, stdio: 'ignore' });
${saysIt}`;
const deaf = `process.on('SIGTERM', () => {}); process.on('SIGHUP', () => {}); ${saysIt}`;

/** The same at the lowest level, and at the best one that there is here; all of them find a core. */
function atBoth(experiment: Experiment): readonly Experiment[] {
  const { name, blueprint } = experiment;
  const resources = { cpu: 0.1, ...(blueprint['resources'] as object) };
  return [
    { ...experiment, blueprint: { ...blueprint, resources, isolation: 'process' } },
    { ...experiment, name: `${name}-isolated`, blueprint: { ...blueprint, resources } },
  ];
}

describe('a server that is killed', () => {
  it('while steps have left children and are deaf to signals, at each level: they are ended; a run is repeated if it may be', async () => {
    const first = await start({ HOLDFAST_SLOTS: '4' });
    const all = async (experiment: Experiment) => {
      const runs: scheduler.Run[] = [];
      for (const one of atBoth(experiment)) {
        await declare(first, one);
        runs.push(await submit(first, one));
      }
      for (const run of runs) await underWay(first, run);
      return runs;
    };
    const once = await all(harm('deaf', deaf, { retry: { attempts: 1, on: [] } }));
    const parents = await all(harm('parent', leavesChildren));
    const orphans = await recorded(dataDir);
    expect(orphans).toHaveLength(4);
    await first.end('SIGKILL');
    const second = await start();
    for (const run of once) {
      const { status, failure, attempts } = await ended(second, run);
      expect({ status, class: failure?.failureClass, attempts: attempts.length }).toEqual({
        ...{ status: RUN_STATUS_FAILED, class: 'executor-lost', attempts: 1 },
      });
    }
    for (const run of parents) {
      await underWay(second, run);
      await second.connection.scheduler.cancelRun({ namespace, id: run.id, reason }, key());
      const { status, attempts } = await ended(second, run);
      expect(status).toBe(RUN_STATUS_CANCELLED);
      expect(attempts.map(({ outcome, failure }) => failure?.failureClass ?? outcome)).toEqual([
        ...['executor-lost', 'cancelled'],
      ]);
    }
    const well = harm('well', '');
    await declare(second, well);
    expect((await ended(second, await submit(second, well))).status).toBe(RUN_STATUS_COMPLETED);
    expect(await second.end('SIGTERM')).toMatchObject({ status: 0 });
    expect(await staying(() => traces(dataDir, orphans))).toEqual([]);
  });
});

describe('a server that offers level process alone', () => {
  it('refuses a run that requires isolation, says what it offers, and runs nothing of it', async () => {
    const server = await startTogether({ dataDir, env: { HOLDFAST_SANDBOX: 'process' } });
    const experiment = harm('isolated', "console.log('ran');", { isolation: 'required' });
    await declare(server, experiment);
    const run = await ended(server, await submit(server, experiment));
    expect(run).toMatchObject({ status: RUN_STATUS_FAILED, steps: [], attempts: [{ epoch: 1 }] });
    expect(run.failure).toMatchObject({
      failureClass: 'sandbox-unavailable',
      message: 'the run requires isolation from the host; this executor offers process',
    });
    await server.close();
    expect(await staying(() => traces(dataDir))).toEqual([]);
  });
});
