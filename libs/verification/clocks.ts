import type { Finding } from './findings.js';
import type { LoggedEvent } from './leaf.js';
import { place } from './reconcile.js';
import type { Times } from './times.js';

/** How far the clocks of two instances may be apart. */
export const clockBoundMs = 5000;
/** An append may be on its way as long as that: its call's deadline, and a little. */
const longestAppendMs = 15_000;
/** Instances whose last time is remembered; the one that began longest ago goes first. */
const keptInstances = 10_000;

/** Names no stream where the log has the event, and says it. */
export interface ClockFinding extends Finding {
  readonly index: number;
  readonly code: 'CLOCK_BACKWARDS' | 'CLOCK_BEHIND';
}

type Place = Pick<LoggedEvent, 'index' | 'stream' | 'revision' | 'eventId'>;

/** Of one instance. */
interface Last {
  order: number;
  epochMs: number;
  index: number;
  /** Told that it is behind, and still is. */
  behind: boolean;
  /** Appends since then were behind; the next ones say whether the clock is. */
  suspect: { readonly finding: ClockFinding; readonly othersMs: number } | undefined;
}

/** The latest that anybody has written, and the latest that somebody else has. */
interface Latest {
  instance: string;
  epochMs: number;
  index: number;
}

export interface Clocks {
  /** @param places of the same events, where the log does not say them */
  see(times: Times, places?: readonly Place[]): void;
  /** There are no more events. */
  end(): void;
}

/**
 * Reads times in the order of the store. Appends of one instance overtake each other, so its times are compared in its own order; each
 * place where a clock begins to be wrong is told once. An append that took long, as one that is tried again does, carries the time of its first
 * try: one alone that is behind, or some that were on their way together, are no finding when the instance's later ones are not.
 */
export function watchClocks(tell: (finding: ClockFinding) => void): Clocks {
  const instances = new Map<string, Last>();
  let first: Latest = { instance: '', epochMs: -Infinity, index: -1 };
  let second: Latest = { ...first };

  function see(instance: string, order: number, epochMs: number, index: number, known?: Place): void {
    const before = instances.get(instance);
    const backwards = before !== undefined && runsBackwards(before, order, epochMs);
    if (backwards)
      tell({
        ...whereOf(index, known),
        code: 'CLOCK_BACKWARDS',
        message: `append ${order} of instance ${instance} was recorded at ${shown(epochMs)}, its append ${before.order} (index ${before.index}) at ${shown(before.epochMs)}`,
      });
    const last = before ?? remember(instance);
    if (last.order < order) {
      const latestOther = first.instance === instance ? second : first;
      if (epochMs + clockBoundMs < latestOther.epochMs)
        judge(last, latestOther, { ...whereOf(index, known), instance, epochMs }, !backwards);
      else {
        last.behind = false;
        last.suspect = undefined;
      }
      last.order = order;
      last.epochMs = epochMs;
      last.index = index;
    }
    if (epochMs > first.epochMs) {
      if (first.instance !== instance) [first, second] = [second, first];
      note(first, instance, epochMs, index);
    } else if (first.instance !== instance && epochMs > second.epochMs)
      note(second, instance, epochMs, index);
  }

  /** @param isSlow it may be that the append took long, rather than that the clock was wrong */
  function judge(last: Last, other: Latest, { instance, epochMs, ...where }: Latest, isSlow: boolean): void {
    if (last.behind) return;
    const behindMs = other.epochMs - epochMs;
    const message = `recorded at ${shown(epochMs)} by instance ${instance}, ${(behindMs / 1000).toFixed(1)} s before index ${other.index} of instance ${other.instance}`;
    const finding: ClockFinding = { ...where, code: 'CLOCK_BEHIND', message };
    const { suspect } = last;
    const isTogether = (othersMs: number) =>
      other.epochMs - othersMs <= clockBoundMs && behindMs <= longestAppendMs;
    if (isSlow && (suspect === undefined || isTogether(suspect.othersMs))) {
      last.suspect ??= { finding, othersMs: other.epochMs };
      return;
    }
    last.behind = true;
    last.suspect = undefined;
    tell(suspect?.finding ?? finding);
  }

  function remember(instance: string): Last {
    if (instances.size >= keptInstances)
      for (const [oldest, { suspect }] of instances) {
        if (suspect !== undefined) tell(suspect.finding);
        instances.delete(oldest);
        break;
      }
    const last: Last = { order: -1, epochMs: 0, index: -1, behind: false, suspect: undefined };
    instances.set(instance, last);
    return last;
  }

  return {
    see({ indexes, epochMs, instances: numbers, orders, names }, places) {
      for (let i = 0; i < indexes.length; i++) {
        const number = numbers[i] as number;
        const at = epochMs[i] as number;
        if (number !== -1 && !Number.isNaN(at))
          see(names[number] as string, orders[i] as number, at, indexes[i] as number, places?.[i]);
      }
    },
    end() {
      // Whether an instance's last appends were slow or its clock behind, nothing says any more.
      for (const { suspect } of instances.values()) if (suspect !== undefined) tell(suspect.finding);
    },
  };
}

/** In place: there is one for nearly every event. */
function note(latest: Latest, instance: string, epochMs: number, index: number): void {
  latest.instance = instance;
  latest.epochMs = epochMs;
  latest.index = index;
}

function runsBackwards(before: Last, order: number, epochMs: number): boolean {
  if (order === before.order) return epochMs !== before.epochMs;
  return order > before.order ? epochMs < before.epochMs : epochMs > before.epochMs;
}

const whereOf = (index: number, known: Place | undefined): { readonly index: number } =>
  known === undefined ? { index } : place(known);

const shown = (epochMs: number): string => new Date(epochMs).toISOString();
