import type { RangeAxis } from './space.js';

type Bounds = Pick<RangeAxis, 'from' | 'to' | 'step'>;

/** A number as a whole count of 10^exponent, from the shortest text that stands for it. */
function decimalOf(value: number): { readonly units: bigint; readonly exponent: number } {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { units: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

function scaled({ from, to, step }: Bounds) {
  const parts = [from, to, step].map(decimalOf);
  const exponent = Math.min(...parts.map((part) => part.exponent));
  const [start = 0n, end = 0n, by = 0n] = parts.map(
    (part) => part.units * 10n ** BigInt(part.exponent - exponent),
  );
  return { start, end, by, exponent };
}

/** How many values a range has, counted exactly and without making them; 0 for one that leads away from its end. */
export function rangeSize(bounds: Bounds): bigint {
  const { start, end, by } = scaled(bounds);
  if (by === 0n) return 0n;
  const [span, step] = by > 0n ? [end - start, by] : [start - end, -by];
  return span <= 0n ? 0n : (span + step - 1n) / step;
}

/** The values of a range by their index. */
export function rangeValues(bounds: Bounds): (index: number) => number {
  const { start, by, exponent } = scaled(bounds);
  return (index) => Number(`${start + by * BigInt(index)}e${exponent}`);
}
