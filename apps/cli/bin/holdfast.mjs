#!/usr/bin/env node
// Starts the CLI on Node 26, whatever Node started this file. Plain JavaScript of the year 2020 on purpose.
import { spawn } from 'child_process';
import { existsSync } from 'fs';
import * as module from 'module';
import { dirname, join, resolve } from 'path';
import { fileURLToPath } from 'url';

const NEEDED_MAJOR = 26;
const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const main = join(root, 'dist', 'apps', 'cli', 'main.js');

function fail(message) {
  process.stderr.write(`holdfast: ${message}\n`);
  process.exit(70);
}

/** The Node 26 that came with the `node` package: ours, or hoisted beside us. */
function bundledNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  for (let folder = root; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', 'node', 'bin', name);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

function runOn(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), {
    stdio: 'inherit',
  });
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

if (!existsSync(main)) {
  fail(`not built yet. Run "npm ci && npm run build" in ${root}, then try again.`);
} else if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
  // What the engine compiled is kept from one command to the next.
  module.enableCompileCache(join(root, '.cache', 'compiled'));
  import('../../../dist/apps/cli/main.js').catch((error) => {
    process.stderr.write(`holdfast: could not start: ${error && error.stack}\n`);
    process.exit(70);
  });
} else {
  const node = bundledNode();
  if (node === undefined)
    fail(`needs Node ${NEEDED_MAJOR}, found ${process.versions.node}. Run "npm ci" in ${root}.`);
  else runOn(node);
}
