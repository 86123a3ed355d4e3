import { describe, expect, it } from '@jest/globals';
import { sampleCsv } from './index.js';

async function* pieces(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('a sample of a CSV', () => {
  it('holds the numbers and values of each column, and what is empty', async () => {
    const { rows, complete, columns } = await sampleCsv(pieces('a,b,c\n3,x,1\n1,,y\n-2e1,x,\n'));
    expect([rows, complete]).toEqual([3, true]);
    expect(columns).toEqual([
      {
        name: 'a',
        filled: 3,
        empty: 0,
        numbers: [-20, 1, 3],
        counts: new Map([
          ['3', 1],
          ['1', 1],
          ['-2e1', 1],
        ]),
      },
      { name: 'b', filled: 2, empty: 1, counts: new Map([['x', 2]]) },
      {
        name: 'c',
        filled: 2,
        empty: 1,
        counts: new Map([
          ['1', 1],
          ['y', 1],
        ]),
      },
    ]);
  });

  it('keeps a column of numbers one, whatever stands where there is no value', async () => {
    const { columns } = await sampleCsv(pieces('a,b\n3,x\nNA,NA\n1.5,NaN\n,null\n'));
    expect(columns).toMatchObject([
      { filled: 2, empty: 2, numbers: [1.5, 3] },
      { filled: 1, empty: 3, counts: new Map([['x', 1]]) },
    ]);
  });

  it('is of the rows that are taken', async () => {
    const { rows, columns } = await sampleCsv(pieces('a,b\n1,x\n2,y\n3,x\n'), { where: "b = 'x'" });
    expect([rows, columns[0]?.numbers]).toEqual([2, [1, 3]]);
  });

  it('stays small, draws without favour, and is the same each time', async () => {
    const text = `n\n${Array.from({ length: 40_000 }, (_, i) => i).join('\n')}\n`;
    const sample = () => sampleCsv(pieces(text, 65_536));
    const first = await sample();
    const [{ filled = 0, numbers = [], counts } = { filled: 0 }] = first.columns;
    expect([filled, numbers.length, counts]).toEqual([40_000, 10_000, undefined]);
    const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    expect(Math.abs(mean - 20_000)).toBeLessThan(500);
    expect(await sample()).toEqual(first);
  });

  it('says when there are more rows or columns than it looked at', async () => {
    const long = await sampleCsv(pieces(`a\n${'1\n'.repeat(1000)}`), { maxBytes: 100 });
    expect(long.complete).toBe(false);
    expect(long.rows).toBeLessThan(1000);
    const names = Array.from({ length: 1_002 }, (_, i) => `c${i}`).join(',');
    expect(await sampleCsv(pieces(`${names}\n`))).toMatchObject({ more: 2, columns: { length: 1_000 } });
  });
});
