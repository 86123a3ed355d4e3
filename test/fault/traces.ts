import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alternativeRoot } from '../../libs/sandbox/work-root.js';
import { pidsOfUid } from '../../libs/sandbox/process/proc.js';
import { readRecords, type ChildRecord } from '../../libs/sandbox/process/child-record.js';

/** What a server of this data folder has running now, as it recorded it. */
export const recorded = (dataDir: string): Promise<ChildRecord[]> => readRecords(join(dataDir, 'scratch'));

/** Processes whose command line or environment names a folder. */
async function processesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const texts = ['cmdline', 'environ'].map((name) =>
      readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => ''),
    );
    const [cmdline = '', environ = ''] = await Promise.all(texts);
    if (cmdline.includes(folder) || environ.includes(folder))
      found.push(`process ${pid}: ${cmdline.replaceAll('\0', ' ')}`);
  }
  return found;
}

/**
 * What a server that has ended left on this machine: processes, folders and records of steps, control groups, files that
 * are half written. Empty when it is as before.
 * @param steps what {@link recorded} gave while they ran
 */
export async function traces(dataDir: string, steps: readonly ChildRecord[] = []): Promise<string[]> {
  const found = await processesOf(dataDir);
  const own = process.getuid?.();
  for (const { uid, cgroups, folder, marker } of steps) {
    if (uid !== null && uid !== own)
      for (const pid of await pidsOfUid(uid)) found.push(`process ${pid} of the step's user ${uid}`);
    found.push(...(await processesOf(marker)));
    found.push(...[...cgroups, folder].filter((path) => existsSync(path)));
  }
  const scratch = join(dataDir, 'scratch');
  for (const root of [scratch, alternativeRoot(scratch)]) found.push(...(await filesIn(join(root, 'steps'))));
  for (const name of ['scratch/children', 'artifacts/incoming', 'uploads', 'imports'])
    found.push(...(await filesIn(join(dataDir, name))));
  const halves = (await filesIn(dataDir)).filter((path) => path.endsWith('.half'));
  return [...found, ...halves];
}

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true }).catch(() => [])).map((name) => join(folder, name));
