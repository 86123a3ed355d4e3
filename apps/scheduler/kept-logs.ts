import type { ArtifactStore } from '#artifact-store';
import type { scheduler } from '#contracts';
import { download } from '#runtime';
import type { StepDocument } from './run.projection.js';

export type Channel = 'stdout' | 'stderr';

/** What a step wrote to a channel, from the artifact store, from a byte on to before another one. */
export async function* keptLog(
  artifacts: ArtifactStore,
  { step, fold, epoch, ...of }: StepDocument,
  channel: Channel,
  { from, to }: { readonly from: number; readonly to: number },
  signal: AbortSignal,
): AsyncGenerator<scheduler.TailLogsResponse> {
  const { digest, sizeBytes } = of[channel];
  let offset = from;
  const length = Math.min(to, sizeBytes) - from;
  if (length <= 0) return;
  const part = length === sizeBytes ? { digest } : { digest, offset, length };
  for await (const data of download(artifacts, part, signal)) {
    yield { step, fold: fold ?? undefined, channel, data: Buffer.from(data), offset, epoch };
    offset += data.length;
  }
}
