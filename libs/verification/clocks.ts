import type { Times } from './span.js';

/** How far the clocks of two instances may be apart. */
export const clockBoundMs = 5000;
/** Instances whose last time is remembered; the one that wrote longest ago goes first. */
const keptInstances = 10_000;

export interface ClockFinding {
  readonly index: number;
  readonly code: 'CLOCK_BACKWARDS' | 'CLOCK_BEHIND';
  readonly message: string;
}

interface Last {
  readonly order: number;
  readonly epochMs: number;
  readonly index: number;
  /** Told that it is behind, and still is. */
  readonly behind: boolean;
  /** One append was behind; the next one says whether the clock is. */
  readonly suspect?: ClockFinding | undefined;
}

/** The latest that anybody has written, and the latest that somebody else has. */
interface Latest {
  readonly instance: string;
  readonly epochMs: number;
  readonly index: number;
}

export interface Clocks {
  see(times: Times): void;
  /** There are no more events. */
  end(): void;
}

/**
 * Reads times in the order of the store. Appends of one instance overtake each other, so its times are compared in its own order; each
 * place where a clock begins to be wrong is told once. An append that took long, as one that is tried again does, carries the time of its first
 * try: one alone that is behind is no finding when the instance's later ones are not.
 */
export function watchClocks(tell: (finding: ClockFinding) => void): Clocks {
  const instances = new Map<string, Last>();
  let [first, second]: (Latest | undefined)[] = [];

  function see(instance: string, order: number, epochMs: number, index: number): void {
    const before = instances.get(instance);
    const backwards = before !== undefined && runsBackwards(before, order, epochMs);
    if (backwards)
      tell({
        index,
        code: 'CLOCK_BACKWARDS',
        message: `append ${order} of instance ${instance} was recorded at ${shown(epochMs)}, its append ${before.order} (index ${before.index}) at ${shown(before.epochMs)}`,
      });
    const latest =
      before !== undefined && before.order >= order
        ? before
        : { order, epochMs, index, ...judged(before, { instance, epochMs, index }, !backwards) };
    remember(instance, before === undefined, latest);
    if (first === undefined || epochMs > first.epochMs) {
      if (first?.instance !== instance) second = first;
      first = { instance, epochMs, index };
    } else if (first.instance !== instance && (second === undefined || epochMs > second.epochMs))
      second = { instance, epochMs, index };
  }

  /** @param isSlow it may be that the append took long, rather than that the clock was wrong */
  function judged(
    before: Last | undefined,
    { instance, epochMs, index }: Latest,
    isSlow: boolean,
  ): Pick<Last, 'behind' | 'suspect'> {
    const other = first?.instance === instance ? second : first;
    if (other === undefined || epochMs + clockBoundMs >= other.epochMs) return { behind: false };
    if (before?.behind) return { behind: true };
    const behindMs = other.epochMs - epochMs;
    const message = `recorded at ${shown(epochMs)} by instance ${instance}, ${(behindMs / 1000).toFixed(1)} s before index ${other.index} of instance ${other.instance}`;
    const finding: ClockFinding = { index, code: 'CLOCK_BEHIND', message };
    if (isSlow && before?.suspect === undefined) return { behind: false, suspect: finding };
    tell(before?.suspect ?? finding);
    return { behind: true };
  }

  function remember(instance: string, isNew: boolean, last: Last): void {
    if (isNew && instances.size >= keptInstances)
      for (const [oldest, { suspect }] of instances) {
        if (suspect !== undefined) tell(suspect);
        instances.delete(oldest);
        break;
      }
    instances.set(instance, last);
  }

  return {
    see({ indexes, epochMs, instances: numbers, orders, names }) {
      for (let i = 0; i < indexes.length; i++) {
        const number = numbers[i] as number;
        const at = epochMs[i] as number;
        if (number !== -1 && !Number.isNaN(at))
          see(names[number] as string, orders[i] as number, at, indexes[i] as number);
      }
    },
    end() {
      // Whether an instance's last append was slow or its clock behind, nothing says any more.
      for (const { suspect } of instances.values()) if (suspect !== undefined) tell(suspect);
    },
  };
}

function runsBackwards(before: Last, order: number, epochMs: number): boolean {
  if (order === before.order) return epochMs !== before.epochMs;
  return order > before.order ? epochMs < before.epochMs : epochMs > before.epochMs;
}

const shown = (epochMs: number): string => new Date(epochMs).toISOString();
