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
  behind: boolean;
}

/** The latest that anybody has written, and the latest that somebody else has. */
interface Latest {
  readonly instance: string;
  readonly epochMs: number;
  readonly index: number;
}

/**
 * Reads times in the order of the store. Appends of one instance overtake each other, so its times are compared in its own order; each
 * place where a clock begins to be wrong is told once.
 */
export function watchClocks(tell: (finding: ClockFinding) => void): (times: Times) => void {
  const instances = new Map<string, Last>();
  let [first, second]: (Latest | undefined)[] = [];

  function see(instance: string, order: number, epochMs: number, index: number): void {
    const before = instances.get(instance);
    let behind = before?.behind ?? false;
    if (before !== undefined && runsBackwards(before, order, epochMs))
      tell({
        index,
        code: 'CLOCK_BACKWARDS',
        message: `append ${order} of instance ${instance} was recorded at ${shown(epochMs)}, its append ${before.order} (index ${before.index}) at ${shown(before.epochMs)}`,
      });
    const other = first?.instance === instance ? second : first;
    const isBehind = other !== undefined && epochMs + clockBoundMs < other.epochMs;
    if (isBehind && !behind)
      tell({
        index,
        code: 'CLOCK_BEHIND',
        message: `recorded at ${shown(epochMs)} by instance ${instance}, ${((other.epochMs - epochMs) / 1000).toFixed(1)} s before index ${other.index} of instance ${other.instance}`,
      });
    behind = isBehind;
    const latest =
      before !== undefined && before.order > order
        ? { ...before, behind }
        : { order, epochMs, index, behind };
    remember(instance, before === undefined, latest);
    if (first === undefined || epochMs > first.epochMs) {
      if (first?.instance !== instance) second = first;
      first = { instance, epochMs, index };
    } else if (first.instance !== instance && (second === undefined || epochMs > second.epochMs))
      second = { instance, epochMs, index };
  }

  function remember(instance: string, isNew: boolean, last: Last): void {
    if (isNew && instances.size >= keptInstances)
      for (const oldest of instances.keys()) {
        instances.delete(oldest);
        break;
      }
    instances.set(instance, last);
  }

  return ({ indexes, epochMs, instances: numbers, orders, names }) => {
    for (let i = 0; i < indexes.length; i++) {
      const number = numbers[i] as number;
      const at = epochMs[i] as number;
      if (number !== -1 && !Number.isNaN(at))
        see(names[number] as string, orders[i] as number, at, indexes[i] as number);
    }
  };
}

function runsBackwards(before: Last, order: number, epochMs: number): boolean {
  if (order === before.order) return epochMs !== before.epochMs;
  return order > before.order ? epochMs < before.epochMs : epochMs > before.epochMs;
}

const shown = (epochMs: number): string => new Date(epochMs).toISOString();
