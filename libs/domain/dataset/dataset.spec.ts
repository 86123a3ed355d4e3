import { describe, expect, it } from '@jest/globals';
import { fold, type Digest, type Instant } from '#kernel';
import { dataset, profileCsv, type DatasetCommand, type DatasetEvent } from './index.js';

const add = (digit: string, more: Partial<DatasetCommand> = {}): DatasetCommand => ({
  type: 'AddDatasetVersion',
  namespace: 'default',
  name: 'penguins',
  digest: `sha256:${digit.repeat(64)}` as Digest,
  sizeBytes: 10,
  format: 'csv',
  about: {},
  at: '2026-01-31T09:30:00.000Z' as Instant,
  ...more,
});
const given = (...commands: DatasetCommand[]): DatasetEvent[] => {
  const events: DatasetEvent[] = [];
  for (const command of commands) events.push(...dataset.decide(command, fold(dataset, events)));
  return events;
};
const profile = (...pieces: string[]) =>
  profileCsv(
    (async function* () {
      for (const piece of pieces) yield Buffer.from(piece);
    })(),
  );

describe('dataset', () => {
  it('counts versions by content', () => {
    expect(given(add('a'), add('b'), add('a'), add('b', { about: { license: 'CC0' } }))).toMatchObject([
      { number: 1 },
      { number: 2 },
    ]);
    expect(given(add('a'), add('a', { format: 'file' }))).toHaveLength(2);
  });

  it('belongs to one name', () => {
    expect(() => given(add('a'), add('b', { name: 'other' }))).toThrow('this stream is of default/penguins');
  });
});

describe('profile of a CSV', () => {
  it('tells types, gaps and ranges, however the bytes are cut', async () => {
    const { schema, profile: found } = await profile(
      '\ufeffa,b,c,',
      'd,e\r\n1,0.5,x,true,\r\n2,,"y, z',
      '",false,\r\n',
    );
    expect(schema.columns.map(({ name, type }) => `${name}:${type}`)).toEqual([
      'a:integer',
      'b:number',
      'c:string',
      'd:boolean',
      'e:empty',
    ]);
    expect(found).toMatchObject({ rows: 2, complete: true });
    expect(found.columns.slice(0, 2)).toEqual([
      { name: 'a', empty: 0, min: 1, max: 2, distinct: 2 },
      { name: 'b', empty: 1, min: 0.5, max: 0.5, distinct: 1 },
    ]);
  });

  it('takes what says that there is no value for none, and types the column by the rest', async () => {
    const cells = ['', 'NA', 'N/A', 'NaN', 'nan', 'NULL', 'null'];
    const rows = [...cells.map((cell) => [cell, cell, cell, cell]), ['3', '-0.5', 'true', 'na']];
    const text = rows.map((row) => row.join(',')).join('\n');
    const { schema, profile: found } = await profile(`i,n,b,s\n${text}\n`);
    expect(schema.columns.map(({ type }) => type)).toEqual(['integer', 'number', 'boolean', 'string']);
    expect(found.columns).toEqual([
      { name: 'i', empty: 7, min: 3, max: 3, distinct: 1 },
      { name: 'n', empty: 7, min: -0.5, max: -0.5, distinct: 1 },
      { name: 'b', empty: 7, distinct: 1 },
      { name: 's', empty: 7, distinct: 1 },
    ]);
    const nothing = await profile('a\nNA\nnull\n');
    expect(nothing.schema.columns).toEqual([{ name: 'a', type: 'empty' }]);
  });

  it.each([
    ['', 'CSV_EMPTY'],
    ['a,a\n1,2\n', 'CSV_COLUMNS'],
    ['a,\n1,2\n', 'CSV_COLUMNS'],
    ['a,b\n1\n', 'CSV_INVALID'],
    ['a,b\n1,"2\n', 'CSV_INVALID'],
    [`a\n"${'x'.repeat(3 * 2 ** 20)}"\n`, 'CSV_INVALID'],
  ])('refuses what is no table', async (text, code) => {
    await expect(profile(text)).rejects.toMatchObject({ kind: 'invalid', problems: [{ code }] });
  });

  it('stops at its limit and says so', async () => {
    let given = 0;
    const endless = (async function* () {
      yield Buffer.from('a\n');
      for (; given < 1000; given++) yield Buffer.from('1\n'.repeat(5000));
    })();
    const { profile: found } = await profileCsv(endless, 100_000);
    expect(found.complete).toBe(false);
    expect(given).toBeLessThan(100);
  });
});
