export type AxisValue = number | string | boolean;

/** Where the values of one knob come from; everything that decides them, so that nothing outside can change them later. */
export type Axis = ListAxis | RangeAxis | SampledAxis;
export type ListAxis = {
  readonly knob: string;
  readonly kind: 'list';
  readonly values: readonly AxisValue[];
};
/** `from`, `from + step` and so on, up to but not `to`; decimal, so 0, 0.1, 0.2, 0.3 are those numbers. */
export type RangeAxis = {
  readonly knob: string;
  readonly kind: 'range';
  readonly from: number;
  readonly to: number;
  readonly step: number;
};
export type SampledAxis = {
  readonly knob: string;
  readonly kind: 'random' | 'sobol';
  readonly from: number;
  readonly to: number;
  /** `log`: evenly over the logarithms. */
  readonly scale: 'linear' | 'log';
  /** Whole numbers from `from` to `to`, both included; else numbers from `from` up to, but not, `to`. */
  readonly integer: boolean;
};

/** How sampled values are drawn; another way is another version. */
export const methods = { random: 'sha256/1', sobol: 'joe-kuo-d6/1' } as const;

/** A declared space: its canonical JSON is what it is, its members follow from it. */
export type Space = {
  readonly v: 1;
  /** In byte order of the knobs' names, whatever the order they were written in. */
  readonly axes: readonly Axis[];
  /** Of the kinds that occur. */
  readonly methods: { readonly random?: string; readonly sobol?: string };
  /** Draws at each point of the grid; 0 when nothing is drawn. */
  readonly trials: number;
};

export const isSampled = (axis: Axis): axis is SampledAxis => axis.kind === 'random' || axis.kind === 'sobol';
