// Makes a checkout ready to run: installs when the lockfile asks for it, then builds. Runs on any Node from 18 on.
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hasNode26, inRoot, root, run, runScript } from './toolchain.mjs';

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

/** Whether node_modules holds what the lockfile says; npm writes its own record there when it is done. */
export function isInstalled() {
  const record = inRoot('node_modules', '.package-lock.json');
  if (!existsSync(record) || !hasNode26()) return false;
  const there = packagesOf(record);
  return Object.entries(packagesOf(inRoot('package-lock.json'))).every(
    ([path, { version, optional, peer }]) =>
      path === '' || there[path]?.version === version || (there[path] === undefined && (optional || peer)),
  );
}

const isLinked = () =>
  lstatSync(inRoot('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

async function install() {
  if (isLinked()) {
    console.error('node_modules is a link and differs from the lockfile; install where it points to.');
    return;
  }
  console.log('installing what package-lock.json names …');
  const npm = process.env.npm_execpath;
  const [command, ...args] = npm?.endsWith('.js')
    ? [process.execPath, npm]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
  // On a terminal npm itself shows that it is at work.
  const show = process.stderr.isTTY ? 'progress' : false;
  const { status, output, tookMs } = await run(command, [...args, 'ci', '--no-audit', '--no-fund'], { show });
  if (status !== 0 || !hasNode26()) throw new Error(`npm ci failed\n${output}`);
  console.log(`installed in ${seconds(tookMs)}`);
}

/** @throws Error whose message holds the output of what failed */
export async function prepare() {
  if (!existsSync(inRoot('package-lock.json'))) throw new Error(`no package-lock.json in ${root}`);
  if (!isInstalled()) await install();
  if (!existsSync(inRoot('dist'))) console.log('building …');
  const { status, output, tookMs } = await runScript('build.mjs', []);
  if (status !== 0) throw new Error(output);
  console.log(`${output.trim()}, ${seconds(tookMs)}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await prepare();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
