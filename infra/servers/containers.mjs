// A server from the image that infra/compose.yaml names, where a Docker engine answers.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { inRoot, run } from '../scripts/toolchain.mjs';
import { untilAnswers } from './answers.mjs';
import { freePort } from './free-port.mjs';

const ASK_LIMIT_MS = 10_000;
let answered;

/** Asked once in a process. */
export const dockerAnswers = () =>
  (answered ??= spawnSync('docker', ['info'], { stdio: 'ignore', timeout: ASK_LIMIT_MS }).status === 0);

/** @returns {Promise<string | undefined>} as compose.yaml pins it */
export async function imageOf(service, file = inRoot('infra/compose.yaml')) {
  if (!existsSync(file)) return undefined;
  const { parse } = await import('yaml');
  return parse(readFileSync(file, 'utf8'), { merge: true }).services?.[service]?.image;
}

async function docker(...args) {
  const { status, output } = await run('docker', args);
  if (status !== 0) throw new Error(`docker ${args[0]} failed: ${output.trim()}`);
  return output;
}

/** Removes the container when this process is gone, however that went. */
function removeAtTheEnd(name) {
  const script = 'cat > /dev/null; for i in 1 2 3; do docker rm -f -v "$0" && exit; sleep 1; done';
  const remover = spawn('sh', ['-c', script, name], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  remover.stdin.unref();
  remover.unref();
  return remover;
}

/**
 * @param {{ name: string, container: { port: number, env?(port: number): Record<string, string>, args?: readonly string[] } }} server
 * @param {string} image
 */
export async function startContainer(server, image) {
  const name = `holdfast-server-${server.name}-${randomBytes(6).toString('hex')}`;
  const port = await freePort();
  const { container } = server;
  const env = Object.entries(container.env?.(port) ?? {}).flatMap(([key, value]) => [
    '-e',
    `${key}=${value}`,
  ]);
  const remover = removeAtTheEnd(name);
  const runs = async () => (await docker('inspect', '-f', '{{.State.Running}}', name)).trim() === 'true';
  const ready = () =>
    untilAnswers({
      ...{ name: server.name, answers: () => server.answers(port), runs },
      log: () => run('docker', ['logs', '--tail', '20', name]).then(({ output }) => output),
    });
  const kill = async () => {
    if (await runs()) await docker('kill', name);
  };
  const stop = async () => {
    await docker('rm', '-f', '-v', name);
    remover.kill();
  };
  try {
    const ports = ['-p', `127.0.0.1:${port}:${container.port}`];
    await docker('run', '-d', '--name', name, ...ports, ...env, image, ...(container.args ?? []));
    await ready();
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
  return {
    ...{ url: server.url(port), port, kill, stop },
    halt: async () => {
      if (await runs()) await docker('stop', name);
    },
    restart: async () => {
      await kill();
      await docker('start', name);
      await ready();
    },
    pause: () => void spawnSync('docker', ['pause', name]),
    resume: () => void spawnSync('docker', ['unpause', name]),
  };
}
