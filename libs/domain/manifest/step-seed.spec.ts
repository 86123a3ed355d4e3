import { describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stepSeed, type Manifest } from './index.js';

const golden = fileURLToPath(
  new URL('../../../../libs/domain/manifest/golden/seeds@1.json', import.meta.url),
);
const manifestOf = (root: number) =>
  ({ pinned: { seed: { root, method: 'hkdf-sha256/1' } } }) as unknown as Manifest;

/** RFC 5869 once more, from HMAC alone: extract, then the one block that 32 bytes take. */
function byHand(root: number, info: string): string {
  const key = Buffer.alloc(8);
  key.writeBigUInt64BE(BigInt(root));
  const extracted = createHmac('sha256', 'holdfast/seed/v1').update(key).digest();
  return createHmac('sha256', extracted)
    .update(info)
    .update(Buffer.from([1]))
    .digest('hex');
}

describe('the seed of a step', () => {
  it.each([
    [0, 'train', null, '["train",null]'],
    [20260101, 'train', 0, '["train",0]'],
    [Number.MAX_SAFE_INTEGER, 'a-b_C', 999, '["a-b_C",999]'],
  ])('of root %d, %s, fold %p is HKDF over exact bytes', (root, step, fold, info) => {
    expect(stepSeed(manifestOf(root), { step, fold })).toBe(byHand(root, info));
  });

  it('is what it has always been', () => {
    const known = JSON.parse(readFileSync(golden, 'utf8')) as {
      root: number;
      step: string;
      fold: number | null;
      seed: string;
    }[];
    expect(known.length).toBeGreaterThan(3);
    expect(known).toEqual(
      known.map(({ root, step, fold }) => ({
        root,
        step,
        fold,
        seed: stepSeed(manifestOf(root), { step, fold }),
      })),
    );
  });
});
