import { isDomainError, systemClock } from '#kernel';
import type { common } from '#contracts';
import type { Connection } from '#rpc';

/** The services that keep read models; the executor keeps none. */
export const keepers = ['registry', 'scheduler', 'provenance', 'auditor'] as const;

/** What became of a read model when it was rebuilt; `difference` is absent when that gave the same, byte for byte. */
export interface Rebuilt {
  readonly service: string;
  readonly name: string;
  readonly difference?: string;
}

async function resultOf(
  progress: AsyncIterable<{ readonly progress?: common.RebuildProgress | undefined }>,
): Promise<common.RebuildResult | undefined> {
  let result: common.RebuildResult | undefined;
  for await (const message of progress) result = message.progress?.result ?? result;
  return result;
}

function differenceIn(result: common.RebuildResult | undefined): string | undefined {
  if (result?.identical) return undefined;
  const { firstDifferenceId, liveJson, rebuiltJson } = result ?? {};
  return result === undefined
    ? 'the rebuild ended without a result'
    : `is not what history says; first at ${firstDifferenceId}\nlive    ${liveJson}\nrebuilt ${rebuiltJson}`;
}

type Keeper = (typeof keepers)[number];

/** How often the writer of a read model is looked for, and one that stands still looked at: a lease may just be changing hands. */
const looks = 300;
const lookAgainMs = 200;
const changingHands = new Set(['NOT_THE_WRITER', 'LEASE_LOST']);
/** What no waiting mends. */
const stays = /^(UNKNOWN_EVENT|EVENT_CORRUPT)\b/;

/** By the one of its service's instances that writes it. */
async function rebuiltByWriter(service: Keeper, name: string, doors: readonly Connection[]) {
  for (let look = 0; ; look++) {
    try {
      return await resultOf((doors[look % doors.length] as Connection)[service].rebuildProjection({ name }));
    } catch (error) {
      if (!isDomainError(error) || !changingHands.has(error.code) || look >= looks) throw error;
      if (look % doors.length === doors.length - 1) await systemClock.sleep(lookAgainMs);
    }
  }
}

/** Why a read model stands still; undefined when it does not, or no longer. */
async function standstillOf(
  service: Keeper,
  { name, error: first }: Pick<common.ProjectionStatus, 'name' | 'error'>,
  door: Connection,
): Promise<string | undefined> {
  let error = first;
  for (let look = 0; error !== undefined && !stays.test(error) && look < looks; look++) {
    await systemClock.sleep(lookAgainMs);
    const { projections } = await door[service].listProjections({});
    error = projections.find((projection) => projection.name === name)?.error;
  }
  return error;
}

/** Rebuilds every read model of every service from history, through gRPC, one after the other. @param doors to each instance of a service */
export async function* rebuiltModels(
  ...doors: readonly [Connection, ...Connection[]]
): AsyncGenerator<Rebuilt> {
  for (const service of keepers) {
    const { projections } = await doors[0][service].listProjections({});
    if (projections.length === 0) throw new Error(`${service} lists no read models`);
    for (const projection of projections) {
      const { name } = projection;
      const error = await standstillOf(service, projection, doors[0]);
      const difference =
        error === undefined
          ? differenceIn(await rebuiltByWriter(service, name, doors))
          : `stands still: ${error}`;
      yield { service, name, ...(difference === undefined ? {} : { difference }) };
    }
  }
}

/** @throws with the first document that came out otherwise than it stood there, or with a rebuild that gave no result */
export async function rebuildAll(connection: Connection): Promise<void> {
  for await (const { service, name, difference } of rebuiltModels(connection))
    if (difference !== undefined) throw new Error(`${service}: ${name} ${difference}`);
}
