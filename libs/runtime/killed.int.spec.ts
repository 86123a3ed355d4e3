import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { contextOf, openBench, streamOf } from './testing/bench.js';

/** A process that feeds a read model from a store, killed at a point within it. */
async function feedUntilKilled(dir: string, fault: string): Promise<string | null> {
  const script = fileURLToPath(new URL('./testing/feed.js', import.meta.url));
  const child = spawn(process.execPath, [script, dir, fault], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return signal;
}

describe('a process killed while it feeds a read model', () => {
  it.each(['read-store:mid-commit', 'read-store:mid-commit#3', 'read-store:after-commit#2'])(
    'at %s: the next one goes on at once, and the model is that of a rebuild',
    async (fault) => {
      const dir = await mkdtemp(join(tmpdir(), 'holdfast-killed-'));
      let bench = await openBench(dir);
      const commands = bench.handler();
      const appends = Array.from({ length: 1700 }, (_, i) =>
        commands.execute(streamOf(`s${i % 50}`), { by: (i % 7) - 2 }, contextOf()),
      );
      await Promise.all(appends);
      await bench.eventStore.close();
      await bench.readStore.close();
      expect(await feedUntilKilled(dir, fault)).toBe('SIGKILL');
      bench = await openBench(dir);
      try {
        const runner = bench.run();
        await runner.waitFor((await bench.eventStore.head())!, 150_000);
        expect((await runner.status()).events).toBe(1700);
        expect(await runner.rebuild()).toMatchObject({ identical: true });
      } finally {
        await bench.dispose();
      }
    },
  );
});
