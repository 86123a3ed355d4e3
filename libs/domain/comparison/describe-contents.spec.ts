import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeContents, type Contents } from './index.js';

const of = (content: string | Uint8Array, pieceBytes = 7): Contents => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return {
    sizeBytes: bytes.length,
    async *open() {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
  };
};
const told = (name: string, a: string | Uint8Array, b: string | Uint8Array) =>
  describeContents(name, of(a), of(b, 11));

describe('what differs in two files', () => {
  it('is row and column of a CSV', async () => {
    const csv = (bill: string, note = 'a') =>
      `species,bill,note\nAdelie,39,"two\nlines"\nGentoo,${bill},${note}\n`;
    expect(await told('x.csv', csv('40'), csv('41'))).toBe(
      'row 2, column bill: "40" became "41", +1 (+2.50 %)',
    );
    expect(await told('x.csv', csv('40'), csv('40', '"b,c"'))).toBe('row 2, column note: "a" became "b,c"');
    expect(await told('x.csv', csv('40'), `${csv('40')}Chinstrap,1,2\n`)).toBe('row 3 only in the second');
    expect(await told('x.csv', 'a,b\n1,2\n', 'a,c\n1,2\n')).toBe('header line, column 2: "b" became "c"');
    expect(await told('x.csv', 'a,b\n1,2\n', 'a,b\n1,2,3\n')).toBe('row 1, column 3 only in the second');
  });

  it('is the path of a JSON', async () => {
    expect(await told('m.json', '{"w":{"b":[1,2]},"a":1}', '{"a":1,"w":{"b":[1,3]}}')).toBe(
      'w.b[1]: 2 became 3, +1 (+50.0 %)',
    );
    expect(await told('m.json', '{"a":1}', '{"a":1,"b":2}')).toBe('b only in the second');
    expect(await told('m.json', '{"a":1}', '{ "a": 1 }')).toBe('the same JSON, written differently');
    expect(await told('m.json', '{"a":1', '{"a":2')).toBe('line 1: "{\\"a\\":1" became "{\\"a\\":2"');
  });

  it('is the line of a text', async () => {
    expect(await told('log', 'one\ntwo\nthree\n', 'one\nTwo\nthree\n')).toBe('line 2: "two" became "Two"');
    expect(await told('log', 'one\n', 'one\ntwo\n')).toBe('line 2 only in the second');
    const long = 'x'.repeat(50_000);
    expect(await told('log', `${long}1`, `${long}2`)).toMatch(/^line 1, far in: "x{20}1" became "x{20}2"$/);
  });

  it('is the byte of anything else', async () => {
    expect(await told('bin', Uint8Array.of(0, 1, 2, 255), Uint8Array.of(0, 1, 3, 255))).toBe(
      'byte 2: 0x02 became 0x03',
    );
    expect(await told('bin', Uint8Array.of(0, 1), Uint8Array.of(0, 1, 3))).toBe(
      'byte 2: the end became 0x03',
    );
  });

  it('is found wherever it is, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.nat(299),
        fc.integer({ min: 1, max: 64 }),
        async (bytes, place, piece) => {
          const at = place % bytes.length;
          const changed = bytes.map((byte, i) => (i === at ? byte ^ 0x80 : byte));
          const zero = (given: Uint8Array) => Uint8Array.of(0, 255, ...given);
          const found = await describeContents('bin', of(zero(bytes), piece), of(zero(changed)));
          // Windows begin with the line; a line after the marker may pass for text.
          if (found.startsWith('byte')) expect(found).toMatch(new RegExp(`^byte ${at + 2}:`));
          else expect(found).toMatch(/^line /);
        },
      ),
    );
  });
});
