import { afterAll, expect, it } from '@jest/globals';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bin, newcomer, python } from '../support/command-line.js';

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
    symlinkSync(python as string, join(tools, 'python3'));
    const said: Record<string, string> = {};
    for (const line of lines) {
      const { status, stdout, stderr } = await somebody.run('sh', ['-c', `PATH="${tools}:$PATH"; ${line}`]);
      expect([line, status, status === 0 ? '' : stderr]).toEqual([line, 0, '']);
      said[line.split(' ').slice(0, 2).join(' ')] ??= stdout;
    }
    expect(said['holdfast init']).toMatch(
      /knobs +held_out=0\.25, smoothing=0\.001, prior=counts\n[^]*seed +seed\n/,
    );
    expect(said['holdfast run']).toMatch(/^completed[^]*accuracy +0\.9\d* +maximize\n +log_loss +0\.1/);
    expect(said['holdfast reproduce']).toMatch(/^identical:/);
    expect(said['holdfast sweep']).toMatch(/^#[^]*\n2 +1 +[0-9a-f]{8} +completed +0\.9/);
    expect(said['holdfast verify']).toMatch(/^half\.holdfast: holds\n/);
    expect(JSON.parse(said['holdfast show'] ?? '')).toHaveProperty('Gentoo.prior');
    expect(somebody.processes()).toEqual([]);
  },
  120_000,
);
