import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '#kernel';
import { endOrphans } from './index.js';
import { membersOf } from './cgroup/index.js';
import { readRecords, writeRecord } from './process/child-record.js';
import { pidsOfUid, pidsWithMarker, processInfo } from './process/proc.js';
import { alternativeRoot } from './work-root.js';
import { openBench, testedLevels } from './testing/step-bench.js';

const server = fileURLToPath(new URL('./testing/server.js', import.meta.url));

describe.each(await testedLevels())('after a server was killed at level %s', (level) => {
  it('ends what its step left running and removes its folder, record and control groups', async () => {
    const child = spawn(process.execPath, [server, level], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const scratchDir = String((await lines.next()).value);
    expect((await lines.next()).value).toBe('under way');
    child.kill('SIGKILL');
    await once(child, 'exit');

    const keptInputs = () =>
      [scratchDir, alternativeRoot(scratchDir)].filter((root) => existsSync(join(root, 'inputs'))).length;
    // A step of the server's own user, which could change them, has copies.
    const lends = level === 'bubblewrap' || process.getuid?.() === 0;
    expect(keptInputs()).toBe(lends ? 1 : 0);
    const [record] = await readRecords(scratchDir);
    const living = async () => [
      ...membersOf(record!.cgroups),
      ...(record!.uid === null ? await pidsWithMarker(record!.marker) : await pidsOfUid(record!.uid)),
    ];
    // At level process the detached child outlives both; bubblewrap takes everything with it.
    if (level === 'process') expect((await living()).length).toBeGreaterThan(0);
    const spare = join(scratchDir, 'spare');
    await mkdir(join(spare, 'sandbox', 'step', 'work'), { recursive: true });
    expect(await endOrphans(scratchDir)).toMatchObject({ cleaned: 1, stuck: [] });
    expect(existsSync(spare)).toBe(false);
    expect(await living()).toEqual([]);
    expect(keptInputs()).toBe(0);
    expect(await readdir(scratchDir)).not.toContain('children');
    expect(await readdir(join(scratchDir, 'steps')).catch(() => [])).toEqual([]);
    expect(existsSync(record!.folder) || existsSync(alternativeRoot(scratchDir))).toBe(false);
    expect(await endOrphans(scratchDir)).toEqual({ ended: 0, cleaned: 0, stuck: [] });
    await rm(dirname(scratchDir), { recursive: true, force: true });
  });
});

it('leaves alone a process that has the recorded pid but not the recorded start time', async () => {
  const bench = await openBench('process');
  const { scratchDir } = bench;
  const innocent = spawn('/bin/sh', ['-c', 'read x'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const pid = innocent.pid as number;
  const info = processInfo(pid);
  const folder = join(scratchDir, 'steps', 'old');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'x'), '');
  const record = { id: 'old', pid, uid: null, marker: folder, cgroups: [], folder };
  writeRecord(scratchDir, { ...record, startTime: info!.startTime - 1 });
  expect(await endOrphans(scratchDir, systemClock)).toEqual({ ended: 0, cleaned: 1, stuck: [] });
  expect(processInfo(pid)?.startTime).toBe(info!.startTime);

  writeRecord(scratchDir, { ...record, startTime: info!.startTime });
  const gone = once(innocent, 'exit');
  expect(await endOrphans(scratchDir, systemClock)).toEqual({ ended: 1, cleaned: 1, stuck: [] });
  expect(await gone).toEqual([null, 'SIGKILL']);
  await bench.close();
});
