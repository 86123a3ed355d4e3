import { afterAll, expect, it } from '@jest/globals';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, manyCommandsMs, newcomer, python } from '../support/command-line.js';
import { toldOfRun, verdict, worked, wroteLock } from '../support/first-run.js';

const somebody = newcomer('python');
afterAll(() => somebody.remove());

(python === undefined ? it.skip : it)(
  'every command of examples/python/README.md works, one after the other, on a machine where nothing was before',
  async () => {
    const [, block = ''] = /```sh\n([^]*?)```/.exec(somebody.read('README.md')) ?? [];
    const lines = block.trim().split('\n');
    expect(lines.length).toBeGreaterThan(5);
    const tools = join(somebody.home, 'bin');
    mkdirSync(tools);
    symlinkSync(bin, join(tools, 'holdfast'));
    // Without pip, which nothing here uses and which takes longer to install than all the rest.
    const quicker = `#!/bin/sh\nexec ${python} "$@" --without-pip\n`;
    writeFileSync(join(tools, 'python3'), quicker, { mode: 0o755 });
    const said: Record<string, string> = {};
    const notes: Record<string, string> = {};
    let stop: (() => Promise<void>) | undefined;
    for (const line of lines) {
      // Up to here each command was on its own, the first run too; the others find a server.
      if (line.includes('reproduce')) stop = await somebody.up();
      const { status, stdout, stderr } = await somebody.run('sh', ['-c', `PATH="${tools}:$PATH"; ${line}`]);
      expect([line, status, status === 0 ? '' : stderr]).toEqual([line, 0, '']);
      said[line.split(' ').slice(0, 2).join(' ')] ??= stdout;
      notes[line.split(' ').slice(0, 2).join(' ')] ??= stderr;
    }
    expect(said['holdfast init']).toMatch(
      /knobs +held_out=0\.25, smoothing=0\.001, prior=counts\n[^]*seed +seed\n/,
    );
    const first = said['holdfast run'] ?? '';
    expect(first).toMatch(
      verdict(' {2}accuracy +0\\.9\\d* +maximize\\n {2}log_loss +0\\.1\\d* +minimize\\n'),
    );
    expect(notes['holdfast run']).toMatch(wroteLock);
    expect(said['holdfast reproduce']).toMatch(/^identical:/);
    expect(said['holdfast sweep']).toMatch(/^#[^]*\n2 +1 +[0-9a-f]{8} +completed +0\.9/);
    expect(said['holdfast verify']).toMatch(/^half\.holdfast: holds, but no signature was checked/);
    expect(JSON.parse(said['holdfast show'] ?? '')).toHaveProperty('Gentoo.prior');
    await toldOfRun(somebody, /run ([0-9a-f]{8})/.exec(first)?.[1] ?? '');
    // The bundle lies beside the script now, and is no code.
    expect(worked(await somebody.holdfast('run', '--frozen', '-q')).stdout).toMatch(/^[0-9a-f-]{36}\n$/);
    await stop?.();
    expect(await somebody.processes()).toEqual([]);
  },
  manyCommandsMs,
);
