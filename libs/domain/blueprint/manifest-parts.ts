import type { Declared, InputSource, Manifest, PinnedStep, Resources } from '#domain/manifest';
import type { Lock } from './lock.js';
import { inputText } from './outline.js';
import { parseBytes, parseDuration } from './quantities.js';
import type { Blueprint } from './schema.js';

const defaults: Resources = {
  cpu: 1,
  memoryBytes: 512 * 2 ** 20,
  timeoutMs: 600_000,
  diskBytes: 2 ** 30,
  pids: 256,
};

/** What a killed server or a lost executor cost is repeated; a result never is. */
const defaultRetry: Declared['retry'] = { attempts: 3, on: ['executor-lost', 'lease-expired'] };

export function resourcesOf({ resources = {} }: Blueprint): Resources {
  const { cpu, memory, timeout, disk, pids } = resources;
  return {
    cpu: cpu ?? defaults.cpu,
    memoryBytes: parseBytes(memory ?? '') ?? defaults.memoryBytes,
    timeoutMs: parseDuration(timeout ?? '') ?? defaults.timeoutMs,
    diskBytes: parseBytes(disk ?? '') ?? defaults.diskBytes,
    pids: pids ?? defaults.pids,
  };
}

export const pinnedSteps = ({ steps }: Blueprint): Manifest['pinned']['steps'] =>
  mapValues(steps, ({ run, in: inputs = {}, out = {}, each, after }): PinnedStep => ({
    run,
    in: mapValues(inputs, sourceOf),
    out,
    ...(each === undefined ? {} : { each }),
    ...(after === undefined ? {} : { after: [...new Set(after)].sort() }),
  }));

function sourceOf(text: string): InputSource {
  const { source, output } = inputText(text);
  if (output === undefined) return { step: source };
  return source === 'data' ? { data: output } : { step: source, output };
}

export function declaredOf(blueprint: Blueprint, lock: Lock): Omit<Declared, 'blueprint' | 'environment'> {
  const { attempts, on } = blueprint.retry ?? defaultRetry;
  return {
    why: blueprint.why,
    metrics: mapValues(blueprint.metrics ?? {}, ({ goal, tolerance = 0, unit = '1' }) => {
      const { abs = 0, rel = 0 } = typeof tolerance === 'number' ? { abs: tolerance } : tolerance;
      return { goal, tolerance: { abs, rel }, unit };
    }),
    retry: { attempts, on: [...new Set(on)].sort() as Declared['retry']['on'] },
    datasets: mapValues(lock.data, ({ dataset }) => dataset),
    pool: blueprint.pool ?? 'default',
    labels: blueprint.labels ?? {},
  };
}

const mapValues = <T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
