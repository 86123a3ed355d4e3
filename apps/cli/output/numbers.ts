/** Six significant digits, as many as a person compares. */
export const shortNumber = (value: number): string => String(Number(value.toPrecision(6)));

/** `1 %`, `0.05 %`. */
export const share = (fraction: number): string => `${Number((fraction * 100).toPrecision(3))} %`;
