import type { common } from '#contracts';
import type { Connection } from '#rpc';

/** The services that keep read models; the executor keeps none. */
const keepers = ['registry', 'scheduler', 'provenance', 'auditor'] as const;

async function resultOf(
  progress: AsyncIterable<{ readonly progress?: common.RebuildProgress | undefined }>,
): Promise<common.RebuildResult | undefined> {
  let result: common.RebuildResult | undefined;
  for await (const message of progress) result = message.progress?.result ?? result;
  return result;
}

/**
 * Rebuilds every read model of every service from history, through gRPC, one after the other.
 * @throws with the first document that came out otherwise than it stood there, or with a rebuild that gave no result
 */
export async function rebuildAll(connection: Connection): Promise<void> {
  for (const service of keepers) {
    const { projections } = await connection[service].listProjections({});
    if (projections.length === 0) throw new Error(`${service} lists no read models`);
    for (const { name, error } of projections) {
      if (error !== undefined) throw new Error(`${service}: ${name} stands still: ${error}`);
      const result = await resultOf(connection[service].rebuildProjection({ name }));
      if (result?.identical) continue;
      const { firstDifferenceId, liveJson, rebuiltJson } = result ?? {};
      throw new Error(
        result === undefined
          ? `${service}: the rebuild of ${name} ended without a result`
          : `${service}: ${name} is not what history says; first at ${firstDifferenceId}\nlive    ${liveJson}\nrebuilt ${rebuiltJson}`,
      );
    }
  }
}
