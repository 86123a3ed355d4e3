import { describe, expect, it } from '@jest/globals';
import { csvCell } from './csv.js';
import { readPlainData } from './plain-data.js';

const read = (text: string, start = 0): string | undefined => {
  const data = readPlainData(Buffer.from(text), start);
  return data && `${data.end} "${Buffer.from(data.cell).toString()}"`;
};
const told = (text: string, start = 0): string => `${text.length} ${csvCell(text.slice(start))}`;

const plain = [
  '{}',
  '{"a":1}',
  '{"a":[],"b":{},"c":[{}],"d":[[1,2.5,-0.25],["x",true,false,null]],"e":{"f":{"g":0}}}',
  '{"quoted":"say \\"so\\"","path":"a\\\\b","lines":"\\n\\t\\r\\f\\b\\/","formula":"=1+1,2"}',
];
const parsed = [
  ...[
    '1',
    '"text"',
    '[]',
    '{"a":"ü"}',
    '{"a":"\\u00e9"}',
    '{"a":1e5}',
    '{ "a":1}',
    '{"a": 1}',
    '{"a":"\u007f"}',
  ],
  `{"a":${'['.repeat(40)}${']'.repeat(40)}}`,
];
const broken = [
  ...[
    '',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,}',
    '{"a"}',
    '{1:2}',
    '{"a":[1,]}',
    '{"a":[}',
    '{"a":[1}]',
  ],
  ...[
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":-}',
    '{"a":+1}',
    '{"a":tru}',
    '{"a":nul}',
    '{"a":"\\x"}',
    '{"a":"\n"}',
    '{"a":"b}',
  ],
  ...[
    '{"a":1"b":2}',
    '{"a":"b""c":1}',
    '{"a":{}{}}',
    '{"a":[1 2]}',
    '{"a":--1}',
    '{"a":truefalse}',
    '{"a"::1}',
    '{"a":1,,"b":2}',
  ],
];

describe('data of the plain kind', () => {
  it('is read to its end, with each quote doubled', () => {
    expect(plain.map((text) => read(text))).toEqual(plain.map((text) => told(text)));
    expect(read(`xx${plain[1]},"more":1}`, 2)).toBe(`9 ${csvCell(plain[1] as string)}`);
  });

  it('is nothing that has to be parsed, nor what is no JSON', () => {
    expect([...parsed, ...broken].filter((text) => read(text) !== undefined)).toEqual([]);
    expect(read(`{"a":"${'x'.repeat(40_000)}"}`)).toBeUndefined();
  });

  it('is JSON and the same cell, whichever byte of it is another', () => {
    const characters = '{}[],:"\\ 0129.-+eEtrufalsn\u0000ä';
    for (const text of plain)
      for (let i = 0; i < text.length; i++)
        for (const other of ['', ...characters]) {
          const changed = `${text.slice(0, i)}${other}${text.slice(i + 1)}`;
          const found = readPlainData(Buffer.from(changed), 0);
          if (found === undefined) continue;
          const whole = changed.slice(0, found.end);
          expect(() => void JSON.parse(whole)).not.toThrow();
          expect(`"${Buffer.from(found.cell).toString()}"`).toBe(csvCell(whole));
        }
  });
});
