// A server that runs on Java, as a command line: a small process that starts fast, for tests have two cores for everything.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inRoot, run } from '../scripts/toolchain.mjs';
import { classPath } from './jars.mjs';

/** Which Java there is: only the one that made an archive can use it. */
function release() {
  const java = spawnSync('sh', ['-c', 'command -v java'], { encoding: 'utf8' }).stdout.trim();
  const file = join(dirname(dirname(realpathSync(java))), 'release');
  return existsSync(file) ? readFileSync(file, 'utf8') : java;
}

/** A server's classes as its first process that answered had loaded them (AppCDS): its next start maps them instead of loading each. */
function archiveOf(name, path) {
  const madeFrom = createHash('sha256').update(`${release()}\0${path}`).digest('hex').slice(0, 16);
  const file = inRoot('.cache/servers', `${name}-${madeFrom}.jsa`);
  if (existsSync(file)) return { flags: [`-XX:SharedArchiveFile=${file}`] };
  const answered = async (pid) => {
    const half = `${file}.${pid}.half`;
    const { status } = await run('jcmd', ['-J-XX:-UsePerfData', `${pid}`, 'VM.cds', 'dynamic_dump', half]);
    // Where nothing came of it the next start takes its time, and tries again.
    if (status === 0 && existsSync(half)) renameSync(half, file);
    else rmSync(half, { force: true });
    // What it was asked through; it is killed, and would leave that.
    rmSync(`/tmp/.java_pid${pid}`, { force: true });
  };
  return { flags: ['-XX:+RecordDynamicDumpInfo'], answered };
}

/**
 * @param {string} name
 * @param {{ heapMb: number, dir: string, flags?: readonly string[] }} process what it puts aside lies in `dir`, and goes with it: steps
 *   at level `process` are looked for in all of /tmp
 * @param {readonly string[]} main a class and its arguments
 * @returns {Promise<{ command: string, args: string[], answered?: (pid: number) => Promise<void> }>}
 */
export async function onJava(name, { heapMb, dir, flags = [] }, main) {
  const path = await classPath(name);
  const { flags: shared, answered } = archiveOf(name, path);
  const small = [`-Xmx${heapMb}m`, '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData'];
  const args = [...small, ...shared, `-Djava.io.tmpdir=${dir}`, ...flags, '-cp', path, 'EndsWithParent'];
  return { command: 'java', args: [...args, ...main], answered };
}
