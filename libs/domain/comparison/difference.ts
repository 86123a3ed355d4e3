/** Where a difference lies; only the first three can cause one in `result`. */
export type Area = 'configuration' | 'environment' | 'data' | 'result';

/**
 * One thing that differs between two runs.
 * `what` is a path such as `knobs.l2`, `code.train.mjs`, `data.penguins`, `outputs.train[2].model`, `metrics.accuracy`.
 */
export type Difference = {
  readonly area: Area;
  readonly what: string;
  /** Short texts of the two sides, at most 200 characters; absent where a side has none. */
  readonly a?: string;
  readonly b?: string;
  /** Where and how much, for people. */
  readonly detail: string;
  /** 0–1: how well it explains a different result; 0 for results themselves and for what cannot reach them. */
  readonly likelihood: number;
};

const shown = 200;

/** A value as a short text: strings as they are, everything else as JSON. */
export function brief(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > shown ? `${text.slice(0, shown - 1)}…` : text;
}

/** Likeliest cause first, then by path in byte order. */
export const byLikelihood = (x: Difference, y: Difference): number =>
  y.likelihood - x.likelihood || (x.what < y.what ? -1 : x.what > y.what ? 1 : 0);
