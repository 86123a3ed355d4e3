import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { canonicalize, digestBytes } from '#evidence';
import type { Json } from '#kernel';
import type { PinnedFolds } from '#domain/manifest';
import { assignFolds, foldsText } from './index.js';

const golden = (name: string): Json =>
  JSON.parse(
    readFileSync(
      fileURLToPath(new URL(`../../../../libs/domain/fold/golden/${name}`, import.meta.url)),
      'utf8',
    ),
  ) as Json;
const textOf = (folds: PinnedFolds, foldOf: Uint16Array): string => [...foldsText(folds, foldOf)].join('');
const plain: PinnedFolds = { algorithm: 'k-fold/1', k: 3, seed: 11 };
const stratified: PinnedFolds = {
  algorithm: 'stratified-k-fold/1',
  k: 3,
  seed: 2 ** 53 - 1,
  stratify: 'species',
};
const labels = [...'aabcaacbbaacb'];

describe('folds', () => {
  it('are what they have always been', () => {
    const found = {
      'k-fold/1': [...assignFolds(plain, { count: 13 })],
      'stratified-k-fold/1': [...assignFolds(stratified, { count: 13, labels })],
      'of 100,000 rows': digestBytes(
        new Uint8Array(assignFolds({ ...plain, k: 10 }, { count: 100_000 }).buffer as ArrayBuffer),
      ),
    };
    expect(found).toEqual(golden('folds@1.json'));
  });

  it('are written as canonical JSON, rows ascending', () => {
    const text = textOf(stratified, assignFolds(stratified, { count: 13, labels }));
    const document = JSON.parse(text) as { folds: { fold: number; test: number[]; train: number[] }[] };
    expect(canonicalize(document as unknown as Json)).toBe(text);
    expect(document).toMatchObject({ ...stratified, rows: 13 });
    expect(document.folds.map(({ fold }) => fold)).toEqual([0, 1, 2]);
    const many = textOf(plain, assignFolds(plain, { count: 50_000 }));
    expect(canonicalize(JSON.parse(many) as Json)).toBe(many);
  });

  it('hold out every row once, evenly, and of every class evenly', () => {
    const rows = fc.array(fc.constantFrom('x', 'y', 'z', ''), { minLength: 2, maxLength: 200 });
    const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(rows, fc.integer({ min: 2, max: 9 }), seeds, (labels, k, seed) => {
        fc.pre(labels.length >= k);
        for (const algorithm of ['k-fold/1', 'stratified-k-fold/1']) {
          const foldOf = assignFolds({ algorithm, k, seed }, { count: labels.length, labels });
          const { folds } = JSON.parse(textOf({ algorithm, k, seed }, foldOf)) as {
            folds: { test: number[]; train: number[] }[];
          };
          const all = labels.map((_, row) => row);
          expect(folds.flatMap(({ test }) => test).sort((a, b) => a - b)).toEqual(all);
          for (const { test, train } of folds) expect([...test, ...train].sort((a, b) => a - b)).toEqual(all);
          const groups = algorithm === 'k-fold/1' ? [all] : classesOf(labels);
          for (const group of groups) {
            const sizes = folds.map(({ test }) => test.filter((row) => group.includes(row)).length);
            expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          }
        }
      }),
    );
  });

  it('change with the seed', () => {
    const [a, b] = [1, 2].map((seed) => [...assignFolds({ ...plain, seed }, { count: 100 })]);
    expect(a).not.toEqual(b);
  });

  it('refuse an algorithm of another release, and more folds than rows', () => {
    const code = (code: string) => expect.objectContaining({ code });
    expect(() => assignFolds({ ...plain, algorithm: 'k-fold/2' }, { count: 9 })).toThrow(
      code('FOLD_ALGORITHM_UNKNOWN'),
    );
    expect(() => assignFolds(plain, { count: 2 })).toThrow(code('FOLDS_TOO_MANY'));
  });
});

const classesOf = (labels: readonly string[]): number[][] =>
  [...new Set(labels)].map((label) => labels.flatMap((other, row) => (other === label ? [row] : [])));
