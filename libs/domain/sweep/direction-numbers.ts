/**
 * The first 32 dimensions of `new-joe-kuo-6.21201`: S. Joe and F. Y. Kuo, Constructing Sobol sequences with better
 * two-dimensional projections, SIAM J. Sci. Comput. 30 (2008) 2635–2654; https://web.maths.unsw.edu.au/~fkuo/sobol/.
 * Dimension 1 is the van der Corput sequence and has no row. A row is s, a, m₁ … mₛ: degree and coefficients of the primitive
 * polynomial, then the initial direction numbers.
 */
const table = `
1 0 1
2 1 1 3
3 1 1 3 1
3 2 1 1 1
4 1 1 1 3 3
4 4 1 3 5 13
5 2 1 1 5 5 17
5 4 1 1 5 5 5
5 7 1 1 7 11 19
5 11 1 1 5 1 1
5 13 1 1 1 3 11
5 14 1 3 5 5 31
6 1 1 3 3 9 7 49
6 13 1 1 1 15 21 21
6 16 1 3 1 13 27 49
6 19 1 1 1 15 7 5
6 22 1 3 1 15 13 25
6 25 1 1 5 5 19 61
7 1 1 3 7 11 23 15 103
7 4 1 3 7 13 13 15 69
7 7 1 1 3 13 7 35 63
7 8 1 3 5 9 1 25 53
7 14 1 3 1 13 9 35 107
7 19 1 3 1 5 27 61 31
7 21 1 1 5 11 19 41 61
7 28 1 3 5 3 3 13 69
7 31 1 1 7 13 1 19 1
7 32 1 3 7 5 13 19 59
7 37 1 1 3 9 25 29 41
7 41 1 3 5 13 23 1 55
7 42 1 3 7 3 13 59 17`;

const rows = table
  .trim()
  .split('\n')
  .map((row) => row.split(' ').map(Number));

export const bits = 32;
export const dimensions = rows.length + 1;

/** v₁ … v₃₂ of a dimension, counted from 1, as fractions of 2³² (Joe and Kuo, Notes on generating Sobol′ sequences, eq. 2–3). */
export function directionNumbers(dimension: number): readonly number[] {
  const [s = 0, a = 0, ...m] = dimension === 1 ? [] : (rows[dimension - 2] as readonly number[]);
  const v: number[] = [];
  for (let i = 0; i < bits; i++) {
    if (s === 0) v.push(2 ** (bits - 1 - i));
    else if (i < s) v.push((m[i] as number) * 2 ** (bits - 1 - i));
    else {
      const last = v[i - s] as number;
      let next = last ^ (last >>> s);
      for (let k = 1; k < s; k++) if ((a >>> (s - 1 - k)) & 1) next ^= v[i - k] as number;
      v.push(next >>> 0);
    }
  }
  return v;
}
