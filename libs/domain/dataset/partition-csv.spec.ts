import { describe, expect, it } from '@jest/globals';
import { partitionCsv, type PartitionQuery } from './index.js';

async function take(csv: string, query: PartitionQuery) {
  const bytes = Buffer.from(csv);
  const pieces = (async function* () {
    for (let at = 0; at < bytes.length; at += 5) yield bytes.subarray(at, at + 5);
  })();
  const partition = partitionCsv(pieces, query);
  let text = '';
  for await (const piece of partition.text) text += piece;
  return { text, rows: partition.rows(), labels: partition.labels() };
}

const csv =
  'species,mass,note\nAdelie,3700,"a, b"\nGentoo,NA,\nAdelie,3000,"two\r\nlines ""é"""\nGentoo,5000,x';

describe('the rows of a CSV', () => {
  it('are taken as written, in their order', async () => {
    expect(await take(csv, { where: 'mass >= 3000', labels: 'species' })).toEqual({
      text: 'species,mass,note\nAdelie,3700,"a, b"\nAdelie,3000,"two\r\nlines ""é"""\nGentoo,5000,x\n',
      rows: 3,
      labels: ['Adelie', 'Adelie', 'Gentoo'],
    });
  });

  it('are all of them without a condition, and the same however lines end', async () => {
    const { text, rows } = await take('\ufeffa,b\r\n1,2\r\n3,4\r\n', {});
    expect({ text, rows }).toEqual({ text: 'a,b\n1,2\n3,4\n', rows: 2 });
    expect((await take('a,b\n1,2\n3,4', {})).text).toBe(text);
  });

  it('may be none', async () => {
    expect(await take(csv, { where: "species = 'Chinstrap'" })).toMatchObject({
      text: 'species,mass,note\n',
      rows: 0,
    });
  });

  it('cannot be taken by columns that are not there, or when a cell is no number: every problem at once', async () => {
    await expect(take(csv, { where: 'speces is known and mas > 1', labels: 'kind' })).rejects.toMatchObject({
      code: 'WHERE_INVALID',
      problems: [{ found: 'speces', fix: 'did you mean species?' }, { found: 'mas' }, { found: 'kind' }],
    });
    await expect(take(csv, { where: 'species > 1 or mass > 1' })).rejects.toMatchObject({
      problems: [1, 2, 3, 4].map((row) => ({
        code: 'WHERE_NOT_A_NUMBER',
        message: expect.stringContaining(`row ${row}: species`),
      })),
    });
    await expect(take('a,b\n1\n', {})).rejects.toMatchObject({ code: 'DATASET_INVALID' });
  });
});
