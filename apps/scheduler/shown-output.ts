import { createDigester, digestStream, type Digester } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import type { scheduler } from '#contracts';
import { instanceId } from '#domain/manifest';
import { keptLog, type Channel } from './kept-logs.js';
import type { StepDocument } from './run.projection.js';

type Piece = scheduler.TailLogsResponse;

/** What a follower has been shown of an attempt as it was written, and what is missing of it when a step has ended. */
export interface ShownOutput {
  /** What of it is new; undefined for what comes too late: the step has ended, and was shown whole. */
  show(piece: Piece): Piece | undefined;
  /**
   * What is kept of a step and was not shown. Where what was shown is not what the log has there, nothing more is shown: somebody else
   * has said it, or an executor that does not tell where a part stood has lost one.
   */
  rest(step: StepDocument, signal: AbortSignal): AsyncGenerator<Piece>;
}

/** What is being shown of an attempt, and to whom. */
export interface Showing {
  readonly epoch: number;
  /** What the follower had of it before. */
  readonly had: readonly scheduler.LogRange[];
  /** Whether it is followed since before it began; else what came earlier is left out until it is asked for by somebody who had some. */
  readonly sinceItBegan: boolean;
}

/** Of one channel; anybody may say anything on the bus. */
const mostRanges = 1_000;

interface Range {
  readonly from: number;
  to: number;
  /** Of what was shown here; what was shown by an earlier call is believed. */
  readonly digester?: Digester;
}

export function openShownOutput(
  artifacts: ArtifactStore,
  { epoch, had, sinceItBegan }: Showing,
): ShownOutput {
  /** In order and apart, by what wrote it. */
  const shown = new Map<string, Range[]>();
  const ended = new Set<string>();
  const rangesOf = (step: string, fold: number | undefined | null, channel: string): Range[] => {
    const name = `${instanceId(step, fold ?? null)} ${channel}`;
    const known = shown.get(name) ?? [];
    shown.set(name, known);
    return known;
  };
  for (const { step, fold, channel, from, to } of had.toSorted((a, b) => a.from - b.from)) {
    const ranges = rangesOf(step, fold, channel);
    const last = ranges.at(-1);
    if (last === undefined || last.to < from) ranges.push({ from, to });
    else last.to = Math.max(last.to, to);
  }

  async function* rest(step: StepDocument, channel: Channel, signal: AbortSignal): AsyncGenerator<Piece> {
    const ranges = rangesOf(step.step, step.fold, channel);
    const { digest, sizeBytes } = step[channel];
    for (const { from, to, digester } of ranges) {
      if (digester === undefined) continue;
      if (to > sizeBytes) return;
      const kept = await digestStream(artifacts.get(digest, { offset: from, length: to - from }));
      if (kept.digest !== digester.digest()) return;
    }
    const isWhole = sinceItBegan || (had.length > 0 && ranges[0]?.digester !== undefined);
    const starts = [...(isWhole || ranges.length === 0 ? [0] : []), ...ranges.map(({ to }) => to)];
    const ends = [...(isWhole || ranges.length === 0 ? ranges : ranges.slice(1)).map(({ from }) => from)];
    for (const [i, from] of starts.entries())
      yield* keptLog(artifacts, step, channel, { from, to: ends[i] ?? sizeBytes }, signal);
  }

  return {
    show(piece) {
      const { step, fold, channel, data } = piece;
      if (ended.has(instanceId(step, fold ?? null))) return undefined;
      const ranges = rangesOf(step, fold, channel);
      if (ranges.length >= mostRanges) return undefined;
      const last = ranges.at(-1);
      const at = piece.offset ?? last?.to ?? 0;
      const seen = Math.max(0, (last?.to ?? 0) - at);
      if (seen >= data.length) return undefined;
      const [from, fresh] = [at + seen, data.subarray(seen)];
      let range = last;
      if (range?.digester === undefined || range.to !== from)
        ranges.push((range = { from, to: from, digester: createDigester() }));
      range.to = from + fresh.length;
      range.digester?.update(fresh);
      return { ...piece, data: fresh, epoch, ...(piece.offset === undefined ? {} : { offset: from }) };
    },
    async *rest(step, signal) {
      ended.add(instanceId(step.step, step.fold));
      yield* rest(step, 'stdout', signal);
      yield* rest(step, 'stderr', signal);
    },
  };
}
