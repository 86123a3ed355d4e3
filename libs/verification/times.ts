import type { Stamp } from './leaf.js';

/** When events were recorded, in the order of the store. */
export interface Times {
  readonly indexes: Float64Array;
  readonly epochMs: Float64Array;
  /** Index into `names`; −1 for none. */
  readonly instances: Int32Array;
  readonly orders: Float64Array;
  readonly names: readonly string[];
}

export interface TimesList {
  readonly count: number;
  add(index: number, stamp: Stamp): void;
  /** Forgets all after the first ones. */
  cut(count: number): void;
  all(): Times;
}

/** @param most how many may be added */
export function openTimes(most: number): TimesList {
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const [indexes, epochMs, orders] = [new Float64Array(most), new Float64Array(most), new Float64Array(most)];
  const instances = new Int32Array(most);
  let count = 0;

  function numberOf(instance: string): number {
    if (instance === '') return -1;
    let number = numbers.get(instance);
    if (number === undefined) {
      numbers.set(instance, (number = names.length));
      names.push(instance);
    }
    return number;
  }

  return {
    get count() {
      return count;
    },
    add(index, { recordedAt, instance, instanceOrder }) {
      indexes[count] = index;
      epochMs[count] = Date.parse(recordedAt);
      orders[count] = instanceOrder;
      instances[count++] = numberOf(instance);
    },
    cut(to) {
      count = to;
    },
    all: () => ({
      indexes: indexes.subarray(0, count),
      epochMs: epochMs.subarray(0, count),
      instances: instances.subarray(0, count),
      orders: orders.subarray(0, count),
      names,
    }),
  };
}
