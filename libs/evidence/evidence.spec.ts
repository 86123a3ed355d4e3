import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '#kernel';
import {
  canonicalize,
  comparePaths,
  digestBytes,
  nameId,
  parseJson,
  parseTree,
  pathProblem,
  treeManifest,
  treeOf,
  uuidV5,
  type Tree,
} from './index.js';

describe('canonical JSON (RFC 8785)', () => {
  it('is the example of §3.2.2 and §3.2.3', () => {
    const input =
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
      '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}';
    expect(canonicalize(parseJson(input))).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('orders keys by UTF-16 code units (§3.2.3)', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const value = Object.fromEntries(keys.map((key, i) => [key, i]));
    const order = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33'];
    expect(Object.keys(parseJson(canonicalize(value)) as object)).toEqual(
      ['1', ...order.filter((key) => key !== '1')], // integer keys come first in an object, not in the text
    );
    expect(
      order
        .map((key) => canonicalize(value).indexOf(JSON.stringify(key)))
        .every((at, i, all) => i === 0 || at > (all[i - 1] as number)),
    ).toBe(true);
  });

  // Appendix B: bits of a double, and its text.
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
  ])('writes the double %s as %s', (bits, text) => {
    expect(canonicalize(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text);
  });

  it('refuses what has no canonical form, naming the path', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    for (const bad of [undefined, NaN, Infinity, 1n, '\ud800', new Date(0), cycle, Array(1)]) {
      expect(() => canonicalize({ a: [bad] } as never)).toThrow(
        expect.objectContaining({ code: 'NOT_CANONICAL' }),
      );
    }
  });

  it('round-trips every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalize(value as never);
        expect(canonicalize(parseJson(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not depend on the order in which keys were set, whatever the keys', () => {
    const key = fc.oneof(fc.constantFrom('__proto__', '10', '9', 'a', '\u20ac', '\ud83d\ude00'), fc.string());
    const { tree } = fc.letrec<{ tree: unknown; object: unknown }>((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, fc.integer(), fc.string(), fc.array(tie('tree')), tie('object')),
      object: fc.uniqueArray(fc.tuple(key, tie('tree')), { selector: ([name]) => name }).map((members) => {
        const object = {};
        for (const [name, value] of members)
          Object.defineProperty(object, name, {
            value,
            enumerable: true,
            writable: true,
            configurable: true,
          });
        return object;
      }),
    }));
    const byTheBook = (value: unknown): string => {
      if (typeof value !== 'object' || value === null) return JSON.stringify(value);
      if (Array.isArray(value)) return `[${value.map(byTheBook).join()}]`;
      const names = Object.keys(value).sort();
      const members = names.map((name) => `${JSON.stringify(name)}:${byTheBook(Reflect.get(value, name))}`);
      return `{${members.join()}}`;
    };
    fc.assert(
      fc.property(tree, (value) => {
        expect(canonicalize(value as never)).toBe(byTheBook(value));
        expect(parseJson(byTheBook(value))).toEqual(parseJson(` ${byTheBook(value)}`));
      }),
    );
  });
});

describe('parseJson', () => {
  it.each([
    ['{"a":1,"a":2}', '1:8'],
    ['{"a":9007199254740993}', '1:6'],
    ['[1e400]', '1:2'],
    ['["\\ud800"]', '1:2'],
    ['[1,]', '1:4'],
    ['{"a" 1}', '1:6'],
    ['nul', '1:1'],
    ['[1] 2', '1:5'],
    ['\n\n  "x', '3:3'],
    ['[01]', '1:3'],
    ['["\t"]', '1:2'],
    ['', '1:1'],
  ])('refuses %j at %s', (text, place) => {
    expect(() => parseJson(text)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`input:${place}:`) }),
    );
  });

  it('treats __proto__ as a key', () => {
    const value = parseJson('{"__proto__":{"x":1}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect((value as { x?: number }).x).toBeUndefined();
  });

  it('bounds depth and size, and refuses bytes that are not UTF-8', () => {
    expect(() => parseJson('['.repeat(100_000))).toThrow(/deeper/);
    for (const less of [{ maxBytes: 3 }, { maxValues: 1 }])
      expect(() => parseJson('[1,2,3]', less)).toThrow(expect.objectContaining({ code: 'JSON_TOO_LARGE' }));
    expect(parseJson('[1,2,3]', { maxValues: 2 })).toEqual([1, 2, 3]);
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(/UTF-8/);
  });

  it('agrees with JSON.parse on what both accept', () => {
    fc.assert(fc.property(fc.json(), (text) => expect(parseJson(text)).toEqual(JSON.parse(text))));
  });
});

describe('trees', () => {
  const entry = (path: string) => ({ path, sizeBytes: 1, digest: digestBytes('x'), mode: '100644' as const });

  it('are in byte order and round-trip', () => {
    const tree = treeOf(['b', 'a/z', 'a.txt', 'é', 'Z'].map(entry));
    expect(tree.entries.map(({ path }) => path)).toEqual(['Z', 'a.txt', 'a/z', 'b', 'é']);
    expect(parseTree(treeManifest(tree))).toEqual(tree);
  });

  it.each([
    [['../x']],
    [['/etc/passwd']],
    [['a//b']],
    [['a/./b']],
    [['a\\b']],
    [['a', 'a']],
    [['A', 'a']],
    [['a', 'a/b']],
    [['']],
    [['a\u0000b']],
    [['C:/x']],
  ])('refuse %j', (paths) => {
    expect(() => parseTree(treeManifest(treeOf(paths.map(entry))))).toThrow(
      expect.objectContaining({ code: 'TREE_INVALID' }),
    );
  });

  it('refuse another order', () => {
    expect(() => parseTree(treeManifest({ entries: ['b', 'a'].map(entry) }))).toThrow(/problem/);
  });

  it('are in canonical JSON, whatever the paths', () => {
    const entries = fc.array(
      fc.record({
        path: fc.string({ unit: 'grapheme' }),
        sizeBytes: fc.nat(),
        digest: fc.constant(digestBytes('x')),
        mode: fc.constantFrom('100644', '100755'),
      }),
    );
    const link = {
      path: 'l',
      sizeBytes: 1,
      digest: digestBytes('"'),
      mode: '120000',
      target: '"\u2028é',
    } as const;
    fc.assert(
      fc.property(entries, (some) => {
        const tree = { entries: [...some, link] } as Tree;
        expect(Buffer.from(treeManifest(tree)).toString()).toBe(
          canonicalize({ holdfast: 'tree/1', entries: tree.entries as unknown as Json }),
        );
      }),
    );
  });

  it('compare paths by their bytes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(comparePaths(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      {
        examples: [
          ['\u{1f600}', '\ufb33'],
          ['a', 'ab'],
          ['ä', 'z'],
        ],
      },
    );
  });

  it('paths in ordinary use are fine', () => {
    expect(['a', 'a b/ü.txt', '.hidden', '..a', 'x'.repeat(255)].map(pathProblem)).toEqual(
      Array(5).fill(undefined),
    );
  });
});

describe('derived ids', () => {
  it('are UUIDv5: the example of RFC 9562, appendix A.4', () => {
    expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
  });

  it('keep parts apart', () => {
    expect(nameId('a', 'b')).not.toBe(nameId('a","b'));
    expect(nameId('a', 'b')).toBe(nameId('a', 'b'));
  });
});
