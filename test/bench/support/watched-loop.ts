import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const preload = fileURLToPath(new URL('./loop-delay.js', import.meta.url));

/** Arguments and environment of a process whose event loop is watched, and how to ask it. */
export function watchedLoop(file: string) {
  return {
    nodeArgs: ['--import', preload],
    env: { HOLDFAST_BENCH_LOOP_DELAY: file },
    /** p99 in ms since it was asked the last time. */
    async p99Ms(pid: number): Promise<number> {
      rmSync(file, { force: true });
      process.kill(pid, 'SIGUSR2');
      for (;;) {
        const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
        if (text !== '') return Number(text);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}
