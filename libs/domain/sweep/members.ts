import { DomainError } from '#kernel';
import { digestValue } from '#evidence';
import { rangeSize, rangeValues } from './decimal-range.js';
import { draw } from './draw.js';
import { random } from './random.js';
import { sobol } from './sobol.js';
import { isSampled, type Axis, type AxisValue, type SampledAxis, type Space } from './space.js';

/** What a member sets: knob name to value. */
export type MemberKnobs = Readonly<Record<string, AxisValue>>;

/** The members of a space, each made by its index and nothing else. */
export interface Members {
  readonly count: number;
  /** @throws SWEEP_INDEX (bug) for an index that is no member's */
  knobs(index: number): MemberKnobs;
  all(): Generator<MemberKnobs>;
  /** Every value that some member sets this knob to, each once. */
  values(knob: string): readonly AxisValue[];
}

/** How many values an axis adds to the grid: a sampled one none of its own. */
const sizeOf = (axis: Axis): number =>
  axis.kind === 'list' ? axis.values.length : axis.kind === 'range' ? Number(rangeSize(axis)) : 1;

/** Size of a space without making any of it; may be huge or infinite for one that is yet to be checked. */
export const memberCount = ({ axes, trials }: Pick<Space, 'axes' | 'trials'>): number =>
  axes.reduce((product, axis) => product * sizeOf(axis), axes.some(isSampled) ? trials : 1);

/**
 * Grid × trials: the last knob of the grid varies fastest among the grid's points, and every point of the grid gets the same
 * draws, so that points are compared under equal conditions. Sobol axes take the dimensions in the order of their knobs.
 */
export function membersOf(space: Space): Members {
  const { axes } = space;
  const draws = Math.max(1, space.trials);
  const count = memberCount(space);
  const sampled = drawsOf(space);
  // How many members pass before the axis moves on; the last axis of the grid moves first.
  const strides = axes.map((_, at) =>
    axes.slice(at + 1).reduce((product, axis) => product * sizeOf(axis), draws),
  );
  const columns = axes.map((axis, at): ((index: number) => AxisValue) => {
    if (isSampled(axis)) {
      const unit = sampled.get(axis) as (trial: number) => number;
      return (index) => draw(axis, unit(index % draws));
    }
    const [size, stride] = [sizeOf(axis), strides[at] as number];
    const value = axis.kind === 'list' ? (i: number) => axis.values[i] as AxisValue : rangeValues(axis);
    return (index) => value(Math.floor(index / stride) % size);
  });
  const knobs = (index: number): MemberKnobs => {
    if (!Number.isInteger(index) || index < 0 || index >= count)
      throw new DomainError('bug', 'SWEEP_INDEX', `member ${index} of ${count}`);
    return Object.fromEntries(
      axes.map(({ knob }, at) => [knob, (columns[at] as (i: number) => AxisValue)(index)]),
    );
  };
  return {
    count,
    knobs,
    *all() {
      for (let index = 0; index < count; index++) yield knobs(index);
    },
    values(knob) {
      const at = axes.findIndex((axis) => axis.knob === knob);
      const [axis, column] = [axes[at], columns[at]];
      if (axis === undefined || column === undefined) return [];
      const [size, stride] = isSampled(axis) ? [draws, 1] : [sizeOf(axis), strides[at] as number];
      return [...new Set(Array.from({ length: size }, (_, i) => column(i * stride)))];
    },
  };
}

/** More trials keep the draws there were: the number of trials is no part of the key. */
function drawsOf({ v, axes, methods }: Space): ReadonlyMap<SampledAxis, (trial: number) => number> {
  const sampled = axes.filter(isSampled);
  const needsKey = sampled.some(({ kind }) => kind === 'random');
  const key = needsKey ? digestValue({ v, axes, methods }) : undefined;
  const sobolAxes = sampled.filter(({ kind }) => kind === 'sobol');
  return new Map(
    sampled.map((axis) => [
      axis,
      axis.kind === 'random' && key ? random(key, axis.knob) : sobol(sobolAxes.indexOf(axis) + 1),
    ]),
  );
}
