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

/** Rebuilds every read model of every service from history, through gRPC, one after the other. */
export async function* rebuiltModels(connection: Connection): AsyncGenerator<Rebuilt> {
  for (const service of keepers) {
    const { projections } = await connection[service].listProjections({});
    if (projections.length === 0) throw new Error(`${service} lists no read models`);
    for (const { name, error } of projections) {
      const difference =
        error === undefined
          ? differenceIn(await resultOf(connection[service].rebuildProjection({ name })))
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
