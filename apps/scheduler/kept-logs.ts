import type { ArtifactStore } from '#artifact-store';
import type { scheduler } from '#contracts';
import { download } from '#runtime';
import type { StepDocument } from './run.projection.js';

export type Channel = 'stdout' | 'stderr';

/** What a step wrote to a channel, from the artifact store, from a byte on. */
export async function* keptLog(
  artifacts: ArtifactStore,
  step: StepDocument,
  channel: Channel,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<scheduler.TailLogsResponse> {
  const { digest, sizeBytes } = step[channel];
  if (offset >= sizeBytes) return;
  const part = offset === 0 ? { digest } : { digest, offset };
  for await (const data of download(artifacts, part, signal))
    yield { step: step.step, fold: step.fold ?? undefined, channel, data: Buffer.from(data) };
}

/** All that is kept of some steps, step by step. */
export async function* keptLogs(
  artifacts: ArtifactStore,
  steps: readonly StepDocument[],
  signal: AbortSignal,
): AsyncGenerator<scheduler.TailLogsResponse> {
  for (const step of steps) {
    yield* keptLog(artifacts, step, 'stdout', 0, signal);
    yield* keptLog(artifacts, step, 'stderr', 0, signal);
  }
}
