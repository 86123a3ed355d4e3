/** What a figure must reach: its value, or its ratio to the bare limit. */
export type Target = { readonly of: 'value' | 'ratio' } & (
  { readonly atLeast: number } | { readonly atMost: number }
);

export interface Figure {
  /** `program.what`, what a person asks for. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  /** The same work with nothing of ours. */
  readonly limit: string;
  /** Absent: it is only told. */
  readonly target?: Target;
}

/** Numbers by the name of their figure. */
export type Readings = Readonly<Record<string, number>>;

/** What is measured and what it is compared with, both open. */
export interface Opened {
  ours(): Promise<Readings>;
  bare(): Promise<Readings>;
  /** By figure: what was made smaller, so that it takes seconds. */
  readonly smaller?: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** @param full the sizes of the targets; else such that it takes seconds */
export type Program = (full: boolean) => Promise<Opened>;

/** One figure, measured. `undefined` is what could not be measured. */
export interface Result {
  readonly figure: Figure;
  readonly value: number | undefined;
  readonly limit: number | undefined;
  /** Value by limit, the median of the pairs. */
  readonly ratio: number | undefined;
  /** Absent where there is no target. */
  readonly met?: boolean;
  readonly pairs: number;
  readonly smaller?: string;
  /** Why it could not be measured. */
  readonly failed?: string;
}
