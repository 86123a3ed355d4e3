import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkout } from '../support/command-line.js';

const started = (service: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [join(checkout, `infra/bin/holdfast-${service}.mjs`), ...args], {
    encoding: 'utf8',
  });

describe('a service as a command', () => {
  it('says where its settings are, and starts nothing for arguments that it would not read', () => {
    const help = started('executor', '--help');
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toMatch(/^holdfast-executor runs until SIGTERM.*infra\/operations\.md/);
    const wrong = started('registry', '--port', '4653');
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toContain('takes no arguments, found "--port"');
  });
});
