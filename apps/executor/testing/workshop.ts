import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemChance, systemClock, type Digest } from '#kernel';
import { canonicalBytes, treeManifest, treeOf, treeSizeBytes, type TreeEntry } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import { openFileArtifactStore } from '#artifact-store/file';
import type { Architecture, Manifest, PinnedStep } from '#domain/manifest';
import { stepOrder } from '#domain/manifest';
import { openMemoryBus } from '#message-bus/memory';
import type { MessageBus } from '#message-bus';
import { noInstruments } from '#observability';
import { createLog } from '#platform';
import { nodeEnvironment } from '#sandbox';
import type { Workplace } from '../attempt/attempt.js';
import { openDataInputs } from '../attempt/data-inputs.js';
import { openTelemetry, telemetryTopic } from '../attempt/telemetry.js';
import { openCores } from '../host/cores.js';
import { openSandboxes } from '../host/sandboxes.js';

export const executorId = '11111111-1111-4111-8111-111111111111';

/** What a test says of an experiment; everything else is as small as it may be. */
export interface Experiment {
  readonly files: Readonly<Record<string, string>>;
  readonly steps: Readonly<Record<string, Partial<PinnedStep>>>;
  readonly pinned?: Partial<Manifest['pinned']>;
  readonly declared?: Partial<Manifest['declared']>;
}

/** A place to work with real sandboxes and a real store, in a folder of its own. */
export interface Workshop {
  readonly dir: string;
  readonly scratchDir: string;
  readonly store: ArtifactStore;
  readonly bus: MessageBus;
  readonly workplace: Omit<Workplace, 'door'>;
  /** Lines that were logged. */
  readonly logged: string[];
  manifest(experiment: Experiment): Promise<{ readonly digest: Digest; readonly steps: number }>;
  text(digest: string): Promise<string>;
  /** When a step of the run has written something to its stdout. */
  underWay(runId: string): Promise<void>;
  close(): Promise<void>;
}

export async function openWorkshop(
  over: Partial<Omit<Workplace, 'door'>> = {},
  at?: string,
): Promise<Workshop> {
  const dir = at ?? (await mkdtemp(join(tmpdir(), 'holdfast-executor-')));
  await chmod(dir, 0o755);
  const scratchDir = join(dir, 'scratch');
  const store = await openFileArtifactStore({ dir: join(dir, 'artifacts') });
  const bus = openMemoryBus();
  const settings = { sandbox: 'auto', sandboxRequired: false, graceMs: 200 } as const;
  const sandboxes = await openSandboxes({ ...settings, scratchDir, store, clock: systemClock });
  const { digest: node } = await nodeEnvironment(process.execPath);
  const logged: string[] = [];
  const heard = new Set<string>();
  const waiting = new Map<string, () => void>();
  const listening = bus.subscribe({ topics: [telemetryTopic] }, ({ headers: { run = '' } }) => {
    heard.add(run);
    waiting.get(run)?.();
  });
  await listening.ready;
  const log = createLog({ service: 'executor', format: 'json', write: (line) => void logged.push(line) });

  const manifest = async ({ files, steps, pinned, declared }: Experiment) => {
    const entries: TreeEntry[] = [];
    for (const [path, content] of Object.entries(files)) {
      const { digest, sizeBytes } = await store.put(Buffer.from(content));
      entries.push({ path, digest, sizeBytes, mode: '100644' });
    }
    const tree = treeOf(entries);
    const code = { tree: (await store.put(treeManifest(tree))).digest, sizeBytes: treeSizeBytes(tree) };
    const body: Manifest = {
      v: 1,
      pinned: {
        code,
        environment: { kind: 'node', digest: node },
        data: {},
        knobs: { rate: 0.5 },
        seed: { root: 7, method: 'hkdf-sha256/1' },
        determinism: { sourceDateEpoch: 315_532_800, network: false, variables: {} },
        steps: Object.fromEntries(
          Object.entries(steps).map(([name, step]) => [
            name,
            { run: ['node', `${name}.mjs`], in: {}, out: {}, ...step },
          ]),
        ),
        resources: {
          cpu: 1,
          memoryBytes: 256 * 2 ** 20,
          // None ends because a machine is slow.
          timeoutMs: 600_000,
          diskBytes: 64 * 2 ** 20,
          pids: 64,
        },
        isolation: null,
        architecture: process.arch as Architecture,
        secrets: {},
        ...pinned,
      },
      declared: {
        blueprint: { namespace: 'default', name: 'test', version: node },
        environment: { name: 'node-26' },
        why: 'A test',
        metrics: {},
        retry: { attempts: 1, on: [] },
        datasets: {},
        pool: 'default',
        labels: {},
        ...declared,
      },
    };
    return { digest: (await store.put(canonicalBytes(body))).digest, steps: stepOrder(body).length };
  };

  return {
    ...{ dir, scratchDir, store, bus, logged, manifest },
    workplace: {
      executorId,
      artifacts: store,
      sandboxes,
      dataInputs: openDataInputs(store),
      secretsDir: undefined,
      nodePath: process.execPath,
      environmentsDir: join(dir, 'environments'),
      architecture: process.arch,
      cores: openCores(2),
      telemetry: openTelemetry(bus),
      clock: systemClock,
      chance: systemChance,
      log,
      pool: 'default',
      instruments: noInstruments,
      reach: () => undefined,
      ...over,
    },
    text: async (digest) => Buffer.from(await store.read(digest as Digest)).toString(),
    underWay: (run) =>
      heard.has(run) ? Promise.resolve() : new Promise((resolve) => waiting.set(run, resolve)),
    async close() {
      await sandboxes.close();
      await bus.close();
      await store.close();
      if (at === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}
