import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Program } from '../harness/figure.js';
import { fillStore } from '../support/filled-store.js';
import { temporaryFolder } from '../support/folder.js';
import { forgetPeak } from '../support/process-use.js';
import { startServer } from '../support/server.js';
import { untilIdle } from '../support/until-idle.js';
import { watchedLoop } from '../support/watched-loop.js';
import { askForPage } from './page.js';

const foldProcess = fileURLToPath(new URL('../support/bare-fold-process.js', import.meta.url));
const restMs = 300;

/** The scheduler's runs are built anew while somebody turns pages. */
export const rebuild: Program = async (full) => {
  const runs = full ? 150_000 : 1200;
  const folder = await temporaryFolder('rebuild');
  const perRun = await fillStore(folder.at('data'), runs);
  const { p99Ms, ...watched } = watchedLoop(folder.at('delay'));
  const server = await startServer({ dataDir: folder.at('data'), ...watched });
  await untilIdle(server);
  const { scheduler } = server.connection;

  async function whileAsking<T>(work: Promise<T>): Promise<T> {
    let going = true;
    const done = work.finally(() => (going = false));
    while (going) await askForPage(server.connection);
    return done;
  }
  async function rebuildRuns(): Promise<void> {
    for await (const { progress } of scheduler.rebuildProjection({ name: 'runs' }))
      if (progress?.result?.identical === false) throw new Error('the rebuilt model is another one');
  }
  return {
    async ours() {
      await p99Ms(server.pid);
      forgetPeak(server.pid);
      const startedAt = performance.now();
      await whileAsking(rebuildRuns());
      const seconds = (performance.now() - startedAt) / 1000;
      return {
        'rebuild.rate': (runs * (perRun - 1)) / seconds,
        'rebuild.memory': server.residentMb('most'),
        'rebuild.loop-delay': await p99Ms(server.pid),
      };
    },
    async bare() {
      const path = folder.at('data', 'events.sqlite');
      const { stdout } = spawnSync(process.execPath, ['--no-warnings', foldProcess, path, folder.at('bare')]);
      const { rate, peakMb } = JSON.parse(String(stdout)) as { rate: number; peakMb: number };
      const idle = spawn(process.execPath, [...watched.nodeArgs, '-e', 'process.stdin.resume()'], {
        env: watched.env,
        stdio: ['pipe', 'inherit', 'inherit'],
      });
      await new Promise((resolve) => setTimeout(resolve, restMs));
      const delay = await p99Ms(idle.pid as number);
      idle.kill('SIGKILL');
      await once(idle, 'exit');
      return { 'rebuild.rate': rate, 'rebuild.memory': peakMb, 'rebuild.loop-delay': delay };
    },
    ...(full
      ? {}
      : {
          smaller: Object.fromEntries(
            ['rate', 'memory', 'loop-delay'].map((what) => [`rebuild.${what}`, `${runs * perRun} events`]),
          ),
        }),
    async close() {
      await server.stop();
      await folder.remove();
    },
  };
};
