import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemChance, systemClock, type Clock, type Digest } from '#kernel';
import { treeManifest, treeOf, type TreeEntry } from '#evidence';
import { openFileArtifactStore } from '#artifact-store/file';
import type { ArtifactStore } from '#artifact-store';
import { nodeEnvironment, openSandbox, probeIsolation, type Sandbox, type StepSpec } from '../index.js';
import { cgroupMounts } from '../cgroup/cgroup.js';
import { pidsOfUid } from '../process/proc.js';
import { alternativeRoot } from '../work-root.js';

export type TestedLevel = 'process' | 'bubblewrap';

/** The levels of this host, said aloud: a level that is not there is not tested. */
export async function testedLevels(): Promise<TestedLevel[]> {
  const probe = await probeIsolation();
  const levels = (['process', 'bubblewrap'] as const).filter((level) => probe[level].available);
  const missing = (['process', 'bubblewrap'] as const).flatMap((level) => {
    const finding = probe[level];
    return finding.available ? [] : [`level ${level} NOT tested: ${finding.why}`];
  });
  process.stderr.write(`sandbox: ${[`tested at ${levels.join(' and ')}`, ...missing].join('; ')}\n`);
  return levels;
}

/** A sandbox over a real store in folders of its own, and what it takes to look for traces. */
export interface StepBench {
  readonly sandbox: Sandbox;
  readonly store: ArtifactStore;
  readonly dir: string;
  readonly scratchDir: string;
  /** A step of these files (mode 100755 for `.sh`), everything else overridable. */
  spec(files: Readonly<Record<string, string>>, over?: Partial<StepSpec>): Promise<StepSpec>;
  tree(files: Readonly<Record<string, string>>): Promise<Digest>;
  text(digest: Digest): Promise<string>;
  /** What steps have left on this machine: processes, folders, records, control groups; empty when nothing. */
  traces(uids: readonly number[]): Promise<string[]>;
  close(): Promise<void>;
}

/** Pipes that this process holds. */
export const openPipes = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'PipeWrap').length;

/** What was closed is gone a moment later. */
export async function untilPipes(most: number): Promise<void> {
  while (openPipes() > most) await systemClock.sleep(5);
}

export const limits = {
  /** For what never ends: whoever is slow has time. */
  timeoutMs: 150_000,
  memoryBytes: 256 * 2 ** 20,
  cpu: 2,
  pids: 64,
  diskBytes: 64 * 2 ** 20,
} as const;

export async function openBench(
  level: TestedLevel,
  graceMs = 200,
  clock: Clock = systemClock,
): Promise<StepBench> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const scratchDir = join(dir, 'scratch');
  const store = await openFileArtifactStore({ dir: join(dir, 'artifacts') });
  const ids: string[] = [];
  const chance = {
    ...systemChance,
    uuid: () => {
      const id = systemChance.uuid();
      ids.push(id);
      return id;
    },
  };
  const sandbox = await openSandbox({ level, scratchDir, store, clock, graceMs, chance });
  const { digest } = await nodeEnvironment(process.execPath);

  const tree = async (files: Readonly<Record<string, string>>) => {
    const entries: TreeEntry[] = [];
    for (const [path, content] of Object.entries(files)) {
      const blob = await store.put(Buffer.from(content));
      const mode = path.endsWith('.sh') ? '100755' : '100644';
      entries.push({ path, digest: blob.digest, sizeBytes: blob.sizeBytes, mode });
    }
    return (await store.put(treeManifest(treeOf(entries)))).digest;
  };

  return {
    sandbox,
    store,
    dir,
    scratchDir,
    tree,
    text: async (blob) => Buffer.from(await store.read(blob)).toString(),
    spec: async (files, over = {}) => ({
      step: 'train',
      fold: null,
      argv: ['node', 'main.cjs'],
      code: await tree(files),
      environment: { kind: 'node', nodePath: process.execPath, digest },
      inputs: [],
      params: Buffer.from('{}'),
      outputs: {},
      limits,
      network: false,
      runKey: `sha256:${'0'.repeat(64)}`,
      seed: '01'.repeat(32),
      sourceDateEpoch: 315_532_800,
      ...over,
    }),
    async traces(uids) {
      const own = process.getuid?.();
      const found: string[] = [];
      for (const uid of uids.filter((one) => one !== own))
        for (const pid of await pidsOfUid(uid)) found.push(`process ${pid} of ${uid}`);
      for (const root of [scratchDir, alternativeRoot(scratchDir)])
        for (const name of ['steps', 'children'])
          for (const left of await readdir(join(root, name)).catch(() => [])) found.push(`${name}/${left}`);
      for (const mount of new Set(cgroupMounts().values()))
        for (const name of await readdir(mount).catch(() => []))
          if (ids.some((id) => name === `holdfast-${id}`)) found.push(join(mount, name));
      return found;
    },
    async close() {
      await sandbox.close();
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
