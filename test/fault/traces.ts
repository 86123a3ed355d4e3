import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What the sandbox writes down of a running step before it lets it go. */
export interface StepRecord {
  readonly pid: number;
  readonly uid: number | null;
  readonly marker: string;
  readonly cgroups: readonly string[];
  readonly folder: string;
}

const recordsIn = (dataDir: string): string => join(dataDir, 'scratch', 'children');

/** What a server of this data folder has running now, as it recorded it. */
export async function recorded(dataDir: string): Promise<StepRecord[]> {
  const names = await readdir(recordsIn(dataDir)).catch(() => []);
  const texts = names
    .filter((name) => name.endsWith('.json'))
    .map((name) => readFile(join(recordsIn(dataDir), name), 'utf8').catch(() => ''));
  return (await Promise.all(texts))
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as StepRecord);
}

interface Process {
  readonly pid: string;
  readonly uid: number;
  readonly cmdline: string;
  readonly environ: string;
}

async function processes(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string, name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  return Promise.all(
    pids.map(async (pid) => {
      const [cmdline, environ] = await Promise.all([read(pid, 'cmdline'), read(pid, 'environ')]);
      const uid = await stat(`/proc/${pid}`).then(
        (found) => found.uid,
        () => -1,
      );
      return { pid, uid, cmdline, environ };
    }),
  );
}

/**
 * What steps have left on this machine: processes, folders, records, control groups. Empty when it is as before.
 * @param steps what {@link recorded} gave while they ran
 * @param server a process that lives on this data folder and is no trace
 */
export async function tracesOfSteps(
  dataDir: string,
  steps: readonly StepRecord[] = [],
  server?: number,
): Promise<string[]> {
  const own = process.getuid?.();
  const marks = [dataDir, ...steps.map(({ marker }) => marker)];
  const uids = new Set(steps.map(({ uid }) => uid).filter((uid) => uid !== null && uid !== own));
  const found = (await processes())
    .filter(({ pid, uid, cmdline, environ }) => {
      if (pid === String(server)) return false;
      return uids.has(uid) || marks.some((mark) => cmdline.includes(mark) || environ.includes(mark));
    })
    .map(({ pid, cmdline }) => `process ${pid}: ${cmdline.replaceAll('\0', ' ')}`);
  for (const { cgroups, folder } of steps)
    found.push(...[...cgroups, folder].filter((path) => existsSync(path)));
  for (const name of ['steps', 'children']) found.push(...(await filesIn(join(dataDir, 'scratch', name))));
  return found;
}

/** The same of a server that has ended or has nothing to do, with what it may have written only half. */
export async function traces(
  dataDir: string,
  steps: readonly StepRecord[] = [],
  server?: number,
): Promise<string[]> {
  const found = await tracesOfSteps(dataDir, steps, server);
  for (const name of ['artifacts/incoming', 'uploads', 'imports'])
    found.push(...(await filesIn(join(dataDir, name))));
  const halves = (await filesIn(dataDir)).filter((path) => path.endsWith('.half'));
  // The folder for unfinished bytes of a server that lives; what is in it is a trace all the same.
  const ownFolder = new RegExp(`/incoming/[^/]*_${server}_[^/]*$`);
  return [...found, ...halves].filter((path) => !ownFolder.test(path));
}

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true }).catch(() => [])).map((name) => join(folder, name));
