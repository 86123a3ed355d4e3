import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { checkout, processesOf } from '../support/command-line.js';

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'holdfast-quickstart-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('quickstart ends cleanly on ctrl-c: status 130, no process left, its folder gone', async () => {
  const folder = join(root, 'quickstart');
  // A terminal sends ctrl-c to the whole group.
  const child = spawn(process.execPath, [join(checkout, 'infra/scripts/quickstart.mjs'), folder], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()));
  const atWork = new Promise<void>((resolve) =>
    child.stdout.on('data', () => {
      if (said.includes('\n$ holdfast dataset add')) resolve();
    }),
  );
  await Promise.race([atWork, closed]);
  if (child.exitCode === null) process.kill(-(child.pid as number), 'SIGINT');
  const [status] = (await closed) as [number | null];
  expect({ status, said }).toEqual({ status: 130, said: expect.stringContaining('interrupted') });
  expect(await processesOf(root)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
});
