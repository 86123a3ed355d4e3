import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  bundleOfTexts,
  consistencyProof,
  edgeRanges,
  encodeTile,
  inclusionProof,
  inclusionRanges,
  consistencyRanges,
  merkleLeafHash,
  merkleRoot,
  merkleRootOfRow,
  openFrontier,
  partialTiles,
  rangeHashes,
  tilePath,
  verifyConsistency,
  verifyInclusion,
  widthOf,
  encodeEntryBundle,
  decodeEntryBundle,
} from './index.js';

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The entries and roots that implementations of RFC 6962 have tested themselves with from the first one on. */
const entries = [
  ...['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'],
].map(hex);
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const leaves = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => merkleLeafHash(Buffer.from(`entry ${i}`)));

describe('Merkle tree (RFC 6962)', () => {
  it('has the published roots, whole and grown entry by entry', () => {
    const hashes = entries.map(merkleLeafHash);
    const grown = openFrontier();
    roots.forEach((root, size) => {
      expect(hexOf(merkleRoot(hashes.slice(0, size)))).toBe(root);
      expect([grown.size, hexOf(grown.root())]).toEqual([size, root]);
      if (size < 8) grown.append(hashes[size] as Uint8Array);
    });
  });

  it('has the same root where the hashes lie in a row', () => {
    const hashes = entries.map(merkleLeafHash);
    for (const width of [1, 2, 4, 8])
      expect(hexOf(merkleRootOfRow(Buffer.concat(hashes.slice(0, width))))).toBe(roots[width]);
  });

  it('has the published inclusion and consistency proofs', () => {
    const hashes = entries.map(merkleLeafHash);
    expect(inclusionProof(hashes, 0).map(hexOf)).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
    expect(inclusionProof(hashes.slice(0, 3), 2).map(hexOf)).toEqual([roots[2]]);
    expect(consistencyProof(hashes, 6).map(hexOf)).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    expect(consistencyProof(hashes, 8)).toEqual([]);
  });

  it('proves every entry and every growth of every size up to 40, and nothing else', () => {
    for (let size = 1; size <= 40; size++) {
      const hashes = leaves(size);
      const root = merkleRoot(hashes);
      for (let i = 0; i < size; i++) {
        const proof = inclusionProof(hashes, i);
        const leaf = hashes[i] as Uint8Array;
        expect(verifyInclusion(leaf, i, size, proof, root)).toBe(true);
        expect(verifyInclusion(leaf, (i + 1) % (size + 1), size, proof, root)).toBe(false);
        expect(verifyInclusion(leaf, i, size, [...proof, leaf], root)).toBe(false);
        expect(proof.length > 0 && verifyInclusion(leaf, i, size, proof.slice(1), root)).toBe(false);
        const before = { size: i, root: merkleRoot(hashes.slice(0, i)) };
        const growth = consistencyProof(hashes, i);
        expect(verifyConsistency(before, { size, root }, growth)).toBe(true);
        expect(verifyConsistency(before, { size, root }, [...growth, leaf])).toBe(false);
        expect(verifyConsistency({ size: i, root: leaf }, { size, root }, growth)).toBe(
          i === 1 && size > 1 && hexOf(leaf) === hexOf(before.root),
        );
        expect(growth.length > 0 && verifyConsistency(before, { size, root: leaf }, growth)).toBe(false);
        expect(growth.length > 0 && verifyConsistency(before, { size, root }, growth.slice(1))).toBe(false);
      }
    }
  });

  it('goes on from the right edge that it was left with', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (first, more) => {
        const hashes = leaves(first + more);
        const edge = edgeRanges({ from: 0, to: first }).map(({ from, to }) =>
          merkleRoot(hashes.slice(from, to)),
        );
        const grown = openFrontier(first, edge);
        hashes.slice(first).forEach((hash) => grown.append(hash));
        expect(hexOf(grown.root())).toBe(hexOf(merkleRoot(hashes)));
      }),
    );
  });

  it('is the same of single leaves and of the complete subtrees on either side of them', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), fc.nat(100), (before, between, after) => {
        const hashes = leaves(before + between + after);
        const grown = openFrontier();
        const subtrees = (from: number, to: number) => {
          for (const range of edgeRanges({ from, to }))
            grown.append(merkleRoot(hashes.slice(range.from, range.to)), range.to - range.from);
        };
        subtrees(0, before);
        hashes.slice(before, before + between).forEach((hash) => grown.append(hash));
        subtrees(before + between, hashes.length);
        expect(grown.size).toBe(hashes.length);
        expect(hexOf(grown.root())).toBe(hexOf(merkleRoot(hashes)));
        expect(grown.edge().map(hexOf)).toEqual(
          edgeRanges({ from: 0, to: hashes.length }).map(({ from, to }) =>
            hexOf(merkleRoot(hashes.slice(from, to))),
          ),
        );
      }),
    );
  });
});

describe('tiles (C2SP tlog-tiles)', () => {
  it('are named in groups of three digits', () => {
    expect(tilePath({ level: 0, index: 1234067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(tilePath({ level: 'entries', index: 0, width: 17 })).toBe('tile/entries/000.p/17');
  });

  it('are those that the specification lists for 70,000 and 256 entries', () => {
    expect(partialTiles(70_000).map(tilePath)).toEqual([
      'tile/0/273.p/112',
      'tile/entries/273.p/112',
      'tile/1/001.p/17',
      'tile/2/000.p/1',
    ]);
    expect(partialTiles(256).map(tilePath)).toEqual(['tile/1/000.p/1']);
    expect([
      widthOf(0, 273, 70_000),
      widthOf(1, 0, 70_000),
      widthOf(2, 0, 70_000),
      widthOf(0, 274, 70_000),
    ]).toEqual([112, 256, 1, 0]);
  });

  it('give the hashes of every proof, few at a time', async () => {
    const hashes = leaves(66_000);
    const levels = [hashes, tops(hashes), tops(tops(hashes))];
    const size = hashes.length;
    for (const index of [0, 255, 256, 40_000, 65_535, 65_536, 65_999]) {
      const read = new Set<string>();
      const ranges = [...inclusionRanges(index, size), ...consistencyRanges(index + 1, size)];
      const found = await rangeHashes(ranges, size, (name) => {
        read.add(tilePath(name));
        const level = levels[name.level as number] as Uint8Array[];
        return Promise.resolve(encodeTile(level.slice(name.index * 256, name.index * 256 + name.width)));
      });
      expect(found.map(hexOf)).toEqual(
        ranges.map(({ from, to }) => hexOf(merkleRoot(hashes.slice(from, to)))),
      );
      expect(read.size).toBeLessThanOrEqual(5);
    }
  });

  it('hold entries behind their lengths, and nothing more or less', () => {
    const bundle = encodeEntryBundle(entries);
    expect(decodeEntryBundle(bundle, 8)).toEqual(entries.map((entry) => Buffer.from(entry)));
    expect(decodeEntryBundle(bundle, 3)).toHaveLength(3);
    for (const [bytes, width] of [
      [bundle.subarray(0, -1), 8],
      [bundle, 9],
      [Buffer.concat([bundle, Buffer.of(0)]), 8],
      [Buffer.concat(Array.from({ length: 33 }, () => bundle)), 8],
    ] as const)
      expect(() => decodeEntryBundle(bytes, width)).toThrow(
        expect.objectContaining({ code: 'TILE_CORRUPT' }),
      );
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow(/65536/);
  });

  it('are the same of texts, with the leaf hashes', () => {
    for (const texts of [[], ['', 'a', 'x'.repeat(300)], ['ä“1”', 'a', '', '\0😀']]) {
      const bytes = texts.map((text) => Buffer.from(text));
      const made = bundleOfTexts(texts);
      expect(made.bytes).toEqual(encodeEntryBundle(bytes));
      expect(hexOf(made.hashes)).toBe(bytes.map((each) => hexOf(merkleLeafHash(each))).join(''));
    }
    expect(() => bundleOfTexts(['a', 'x'.repeat(65_536)])).toThrow(/65536/);
  });
});

const tops = (below: readonly Uint8Array[]): Uint8Array[] =>
  Array.from({ length: Math.floor(below.length / 256) }, (_, i) =>
    merkleRoot(below.slice(i * 256, i * 256 + 256)),
  );
