// One address for all services, by the configuration that infra/router has for nginx.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { inRoot, track } from '../scripts/toolchain.mjs';
import { freePort } from '../servers/free-port.mjs';

const fetched = inRoot('.cache/tools/nginx/usr/sbin/nginx');

/** On the PATH, else as the specs of `test/infra` fetched it; undefined when there is none. */
const nginx = () =>
  spawnSync('nginx', ['-v']).status === 0 ? 'nginx' : existsSync(fetched) ? fetched : undefined;

function configOf(instances, port, dir) {
  const text = readFileSync(inRoot('infra/router/nginx.conf'), 'utf8')
    .replaceAll('/tmp/', `${dir}/`)
    .replace('listen 4653', `listen 127.0.0.1:${port}`);
  return text.replace(/server (\w+):4653;/g, (_, service) =>
    instances
      .filter(({ kind }) => kind === service)
      .map(({ address }) => `server ${address};`)
      .join(' '),
  );
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/**
 * @param {{ instances: { kind: string, address: string }[], dir: string }} cluster
 * @returns {Promise<{ address: string, stop: () => Promise<void> } | undefined>} undefined where there is no nginx
 */
export async function startRouter({ instances, dir: parent }) {
  const program = nginx();
  if (program === undefined) return undefined;
  const dir = join(parent, 'router');
  mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const config = join(dir, 'nginx.conf');
  writeFileSync(config, configOf(instances, port, dir));
  // Without it root's workers could not use the folder.
  const user = process.getuid?.() === 0 ? ' user root root;' : '';
  const args = ['-p', dir, '-e', 'stderr', '-c', config, '-g', `daemon off;${user}`];
  const child = track(spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true }));
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`the router ended with ${child.exitCode}; ${config}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const stop = async () => {
    if (child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return { address: `127.0.0.1:${port}`, stop };
}
