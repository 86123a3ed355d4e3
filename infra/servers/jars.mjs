// The Java servers' files: fetched once by Maven as pom.xml names them, checked against jars.sha256 each time, then used without a network.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { needTools } from '../scripts/host-tools.mjs';
import { inRoot, run } from '../scripts/toolchain.mjs';

const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const jdk = { command: 'javac', debian: 'default-jdk-headless', use: 'servers that run on Java 17 or newer' };
const maven = { command: 'mvn', debian: 'maven', use: 'servers whose files Maven fetches' };

const inServers = (...parts) => inRoot('infra/servers', ...parts);
const inCache = (...parts) => inRoot('.cache/servers', ...parts);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** What must be there, file → digest. @returns {Map<string, string>} */
export function pinned(name) {
  const lines = readFileSync(inServers(name, 'jars.sha256'), 'utf8').trim().split('\n');
  return new Map(lines.map((line) => line.split('  ').reverse()));
}

/** The version in a pinned file's name: `kafka-server` is 4.1.1. */
export function versionOf(name, artifact) {
  const start = `${artifact}-`;
  const [file] = [...pinned(name).keys()].filter(
    (jar) => jar.startsWith(start) && /^\d/.test(jar.slice(start.length)),
  );
  return /^\d+(\.\d+)*/.exec(file.slice(start.length))[0];
}

/** Every difference, as one line for a person; empty when the folder holds just what is pinned. */
function differences(name, folder) {
  const wanted = pinned(name);
  const found = existsSync(folder) ? readdirSync(folder) : [];
  const strange = found.filter((file) => !wanted.has(file)).map((file) => `${file} is not wanted`);
  const wrong = [...wanted].flatMap(([file, digest]) => {
    if (!found.includes(file)) return [`${file} is missing`];
    const is = sha256(readFileSync(join(folder, file)));
    return is === digest ? [] : [`${file} is ${is} and not ${digest}`];
  });
  return [...strange, ...wrong];
}

/** Puts a folder made beside it in place; what whoever else has put there meanwhile is the same, and may be in use. */
function settle(half, folder, isWhole = () => existsSync(folder)) {
  if (!isWhole()) rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(half, folder);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (!isWhole()) throw error;
  }
}

async function fetched(name) {
  const folder = inCache(name);
  if (differences(name, folder).length === 0) return folder;
  await needTools([maven]);
  const half = `${folder}.${process.pid}.half`;
  const args = ['-q', '-B', '-f', inServers(name, 'pom.xml'), copy, `-DoutputDirectory=${half}`];
  const { status, output } = await run('mvn', args);
  const wrong = status === 0 ? differences(name, half) : [`mvn failed: ${output.trim()}`];
  if (wrong.length > 0) {
    rmSync(half, { recursive: true, force: true });
    throw new Error(`${name}: not what infra/servers/${name}/jars.sha256 names: ${wrong.join('; ')}`);
  }
  settle(half, folder, () => differences(name, folder).length === 0);
  return folder;
}

const jarsIn = (folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.jar'))
    .sort()
    .map((file) => join(folder, file));

/** Runs a few lines of shell in a folder that is then put in place, once. */
async function made(folder, lines, ...args) {
  if (existsSync(folder)) return;
  const half = `${folder}.${process.pid}.half`;
  mkdirSync(half, { recursive: true });
  const { status, output } = await run('sh', ['-ec', `cd "$0"\n${lines}`, half, ...args]);
  if (status !== 0) throw new Error(`${lines} failed: ${output.trim()}`);
  settle(half, folder);
}

/** What was fetched; of Spring's one jar of jars, what is in it. Jars only: classes in a folder are not kept for the next start. */
async function libraries(name, jars) {
  const [whole, digest] = [...pinned(name)].find(([jar]) => jar.endsWith('-exec.jar')) ?? [];
  if (whole === undefined) return jarsIn(jars);
  const folder = inCache(`${name}-jars-${digest.slice(0, 16)}`);
  const lines = 'jar xf "$1" BOOT-INF\njar cf own.jar -C BOOT-INF/classes .\nrm -r BOOT-INF/classes';
  await made(folder, lines, join(jars, whole));
  return [join(folder, 'own.jar'), ...jarsIn(join(folder, 'BOOT-INF/lib'))];
}

/** Our own few classes; their folder is named for what they are made from. */
async function compiled(name, path) {
  const own = readdirSync(inServers(name)).filter((file) => file.endsWith('.java'));
  const sources = [inServers('EndsWithParent.java'), ...own.map((file) => inServers(name, file))];
  const digest = sha256(Buffer.concat(sources.map((file) => readFileSync(file))));
  const folder = inCache(`${name}-own-${digest.slice(0, 16)}`);
  const lines = [
    'path=$1; shift; javac --release 17 -proc:none -d classes -cp "$path" "$@"',
    'jar cf own.jar -C classes .',
    'rm -r classes',
  ];
  await made(folder, lines.join('\n'), path.join(delimiter), ...sources);
  return join(folder, 'own.jar');
}

const ready = new Map();

/**
 * The class path of a server, all of it there and checked; asked once in a process.
 * @returns {Promise<string>}
 * @throws Error that says which tool is missing or which file is not the pinned one
 */
export function classPath(name) {
  const make = async () => {
    await needTools([jdk]);
    const path = await libraries(name, await fetched(name));
    return [...path, await compiled(name, path)].join(delimiter);
  };
  if (!ready.has(name)) ready.set(name, make());
  return ready.get(name);
}
