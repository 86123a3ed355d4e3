import { createDigester, digestStream, type Digester } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import type { scheduler } from '#contracts';
import { instanceId } from '#domain/manifest';
import { keptLog, type Channel } from './kept-logs.js';
import type { StepDocument } from './run.projection.js';

/** What a follower has been shown of an attempt as it was written, and what is missing of it when a step has ended. */
export interface ShownOutput {
  /** False for what comes too late: the step has ended, and was shown whole. */
  show(piece: scheduler.TailLogsResponse): boolean;
  /**
   * What is kept of a step and was not shown. Where what was shown is not how the log begins (a part was lost, or somebody came
   * in the middle), nothing more is shown.
   */
  rest(step: StepDocument, signal: AbortSignal): AsyncGenerator<scheduler.TailLogsResponse>;
}

export function openShownOutput(artifacts: ArtifactStore): ShownOutput {
  const shown = new Map<string, Digester>();
  const ended = new Set<string>();
  const nameOf = (instance: string, channel: string) => `${instance} ${channel}`;

  async function* rest(step: StepDocument, channel: Channel, signal: AbortSignal) {
    const live = shown.get(nameOf(instanceId(step.step, step.fold), channel));
    const sizeBytes = live?.sizeBytes ?? 0;
    if (live !== undefined) {
      const { digest } = step[channel];
      const start = await digestStream(artifacts.get(digest, { offset: 0, length: sizeBytes }));
      if (start.digest !== live.digest()) return;
    }
    yield* keptLog(artifacts, step, channel, sizeBytes, signal);
  }

  return {
    show({ step, fold, channel, data }) {
      const instance = instanceId(step, fold ?? null);
      if (ended.has(instance)) return false;
      const name = nameOf(instance, channel);
      const digester = shown.get(name) ?? createDigester();
      digester.update(data);
      shown.set(name, digester);
      return true;
    },
    async *rest(step, signal) {
      ended.add(instanceId(step.step, step.fold));
      yield* rest(step, 'stdout', signal);
      yield* rest(step, 'stderr', signal);
    },
  };
}
