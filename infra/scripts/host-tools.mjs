// What tests use of the host beside Node. Installed where that is allowed, named where it is not. Runs on any Node from 18 on.
import { spawnSync } from 'node:child_process';
import { run } from './toolchain.mjs';

const tools = [
  { command: 'bwrap', debian: 'bubblewrap', use: 'steps at level bubblewrap' },
  { command: 'python3', debian: 'python3-venv', use: 'scripts in Python' },
  { command: 'git', debian: 'git', use: 'code from a git commit' },
];

const isThere = ({ command }) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
const mayInstall = () => process.getuid?.() === 0 && isThere({ command: 'apt-get' });

/** @returns {Promise<{ name: string, status: number, output: string, tookMs: number }>} status 1 when something is still missing */
export async function hostTools() {
  const startedAt = performance.now();
  let missing = tools.filter((tool) => !isThere(tool));
  if (missing.length > 0 && mayInstall()) {
    const packages = missing.map(({ debian }) => debian);
    console.log(`installing ${packages.join(', ')} …`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const install = () => run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env });
    if ((await install()).status !== 0) {
      await run('apt-get', ['update'], { env });
      await install();
    }
    missing = missing.filter((tool) => !isThere(tool));
  }
  const output = missing
    .map(
      ({ command, debian, use }) => `NOT TESTED: ${use}; there is no ${command} (apt-get install ${debian})`,
    )
    .join('\n');
  return { name: 'host', status: missing.length > 0 ? 1 : 0, output, tookMs: performance.now() - startedAt };
}
