import type { LabelsOf, MetricOf } from './metric-table.js';

/** Takes one value of a gauge. */
export type Told = <Name extends MetricOf<'gauge'>>(
  name: Name,
  labels: LabelsOf<Name>,
  value: number,
) => void;

/** Where numbers go. Counting never fails and never waits. */
export interface Meter {
  /** False where nobody can read them: then nothing need be measured. */
  readonly isRead: boolean;
  count<Name extends MetricOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  observe<Name extends MetricOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, seconds: number): void;
  /**
   * Calls whenever the numbers are read, to be told the gauges as they are then; what is not told any more is gone. A reading that
   * throws tells nothing. The returned function ends it.
   */
  whenRead(tell: (told: Told) => void | Promise<void>): () => void;
}

/** Nobody reads. */
export const noMeter: Meter = {
  isRead: false,
  count: () => undefined,
  observe: () => undefined,
  whenRead: () => () => undefined,
};
