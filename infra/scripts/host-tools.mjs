// What tests use of the host beside Node. Installed where that is allowed, named where it is not. Runs on any Node from 18 on.
import { spawnSync } from 'node:child_process';
import { run } from './toolchain.mjs';

/** @typedef {{ command: string, debian: string, use: string }} HostTool */

/** @type {readonly HostTool[]} */
const tools = [
  { command: 'bwrap', debian: 'bubblewrap', use: 'steps at level bubblewrap' },
  { command: 'python3', debian: 'python3-venv', use: 'scripts and a client in Python' },
  { command: 'git', debian: 'git', use: 'code from a git commit' },
];

const isThere = ({ command }) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
const mayInstall = () => process.getuid?.() === 0 && isThere({ command: 'apt-get' });

/** @returns {Promise<HostTool[]>} those that are still missing */
async function install(missing) {
  const packages = missing.map(({ debian }) => debian);
  console.error(`installing ${packages.join(', ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Somebody else may be installing: two specs, the system itself.
  const patience = ['-o', 'DPkg::Lock::Timeout=300'];
  const get = () =>
    run('apt-get', [...patience, 'install', '-y', '--no-install-recommends', ...packages], { env });
  if ((await get()).status !== 0) {
    await run('apt-get', ['update'], { env });
    await get();
  }
  return missing.filter((tool) => !isThere(tool));
}

async function missingOf(wanted) {
  const missing = wanted.filter((tool) => !isThere(tool));
  return missing.length > 0 && mayInstall() ? install(missing) : missing;
}

const missingText = ({ command, debian, use }) =>
  `${use}; there is no ${command} (apt-get install ${debian})`;

/** @returns {Promise<{ name: string, status: number, output: string, tookMs: number }>} status 1 when something is still missing */
export async function hostTools() {
  const startedAt = performance.now();
  const missing = await missingOf(tools);
  const output = missing.map((tool) => `NOT TESTED: ${missingText(tool)}`).join('\n');
  return { name: 'host', status: missing.length > 0 ? 1 : 0, output, tookMs: performance.now() - startedAt };
}

/** @param {readonly HostTool[]} wanted @throws Error that names what is still missing */
export async function needTools(wanted) {
  const missing = await missingOf(wanted);
  if (missing.length > 0) throw new Error(missing.map(missingText).join('; '));
}
