// Starts one of our programs on Node 26, whatever Node started this file. Plain JavaScript of the year 2020 on purpose.
import { spawn } from 'child_process';
import { existsSync } from 'fs';
import * as module from 'module';
import { dirname, join, resolve } from 'path';
import { fileURLToPath, pathToFileURL } from 'url';

const NEEDED_MAJOR = 26;
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The Node 26 that came with the `node` package: ours, or hoisted beside us. */
function bundledNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  for (let folder = root; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', 'node', 'bin', name);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * @param {string} name of the command, for messages
 * @param {string} bin the file that was started
 * @param {string} program below `dist`
 */
export function startOnNode26(name, bin, program) {
  const main = join(root, 'dist', program);
  const fail = (message) => {
    process.stderr.write(`${name}: ${message}\n`);
    process.exit(70);
  };
  if (!existsSync(main))
    return fail(`not built yet. Run "npm ci && npm run build" in ${root}, then try again.`);
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
    // What the engine compiled is kept from one command to the next.
    module.enableCompileCache(join(root, '.cache', 'compiled'));
    return import(pathToFileURL(main).href).catch((error) =>
      fail(`could not start: ${error && error.stack}`),
    );
  }
  const node = bundledNode();
  if (node === undefined)
    return fail(`needs Node ${NEEDED_MAJOR}, found ${process.versions.node}. Run "npm ci" in ${root}.`);
  return runOn(node, fileURLToPath(bin), fail);
}

/**
 * A service as a process of its own; it reads no arguments, so whoever gives some meant something else.
 * @param {string} service such as `registry`
 * @param {string} bin the file that was started
 */
export function startService(service, bin) {
  const name = `holdfast-${service}`;
  const given = process.argv[2];
  if (given === undefined) return startOnNode26(name, bin, `apps/${service}/main.js`);
  const wantsHelp = given === '--help' || given === '-h';
  const settings = `Its settings are environment variables, HOLDFAST_…; ${join(root, 'infra', 'operations.md')} names them.`;
  const text = wantsHelp
    ? `${name} runs until SIGTERM. ${settings}`
    : `${name} takes no arguments, found ${JSON.stringify(given)}. ${settings}`;
  (wantsHelp ? process.stdout : process.stderr).write(`${text}\n`);
  process.exitCode = wantsHelp ? 0 : 2;
  return undefined;
}

function runOn(node, bin, fail) {
  const child = spawn(node, [bin].concat(process.argv.slice(2)), { stdio: 'inherit' });
  child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`));
  // A terminal sends ctrl-c to the child too; passing it on as well would make it a second ctrl-c.
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'].forEach((signal) => {
    process.on(signal, () => {
      if (signal === 'SIGINT' && onTerminal) return;
      child.kill(signal);
    });
  });
  child.on('exit', (status, signal) => {
    if (signal === null) process.exit(status);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
