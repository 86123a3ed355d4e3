// The command line in a folder of the quickstart's own, and the server that it talks to.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inRoot, node26, track } from '../scripts/toolchain.mjs';

const bin = inRoot('apps', 'cli', 'bin', 'holdfast.mjs');
/** @param {{ home: string, project: string, env?: object }} place `env` says where services answer that are there already */
export function openHoldfast({ home, project, env: where = {} }) {
  const env = {
    ...process.env,
    HOLDFAST_DATA_DIR: home,
    // A pseudonym of its own: the quickstart leaves nothing in the user's folders.
    XDG_CONFIG_HOME: `${home}-config`,
    HOLDFAST_SERVER: '',
    HOLDFAST_NAMESPACE: '',
    CI: '',
    ...where,
  };
  const start = (args, stdio) => track(spawn(node26, [bin, ...args], { cwd: project, env, stdio }));
  const ended = async (child) => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    return child.exitCode ?? 130;
  };

  return {
    /** Resolves when the server answers. @returns {Promise<{ address: string, stop: () => Promise<void> }>} */
    async up() {
      const child = start(['up', '--port', '0'], ['ignore', 'pipe', 'pipe']);
      let said = '';
      const ready = new Promise((resolve, reject) => {
        child.stdout.on('data', (chunk) => {
          if (String(chunk).includes(':')) resolve(String(chunk).trim());
        });
        child.stderr.on('data', (chunk) => (said += chunk));
        child.once('close', () => reject(new Error(`the server did not start\n${said}`)));
      });
      const address = await ready;
      const stop = async () => {
        const end = ended(child);
        child.kill('SIGTERM');
        await end;
      };
      return { address, stop };
    },
    /** Shows what the command shows. @returns {Promise<number>} its exit status */
    show: (...args) => ended(start(args, 'inherit')),
    /** What the command answers as JSON, shown to nobody. */
    async ask(...args) {
      const child = start([...args, '-o', 'json'], ['ignore', 'pipe', 'pipe']);
      let [text, said] = ['', ''];
      child.stdout.on('data', (chunk) => (text += chunk));
      child.stderr.on('data', (chunk) => (said += chunk));
      const status = await ended(child);
      if (status !== 0) throw new Error(`holdfast ${args.join(' ')} ended with ${status}\n${said}`);
      return JSON.parse(text);
    },
  };
}
