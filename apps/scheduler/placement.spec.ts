import { describe, expect, it } from '@jest/globals';
import { suits } from './placement.js';

const anywhere = { labels: {}, architecture: 'x64', isolation: null };
const place = { labels: { gpu: 'a100', site: 'north' }, architecture: 'x64', isolation: ['process'] };
const strict = { ...place, isolation: ['bubblewrap', 'process'] };

describe('a run', () => {
  it('goes only where every label is', () => {
    expect(suits(anywhere, place, [])).toBe(true);
    expect(suits({ ...anywhere, labels: { gpu: 'a100' } }, place, [])).toBe(true);
    expect(suits({ ...anywhere, labels: { gpu: 'h100' } }, place, [])).toBe(false);
    expect(suits({ ...anywhere, labels: { tpu: 'v5' } }, place, [place])).toBe(false);
    expect(suits({ ...anywhere, labels: { constructor: 'x' } }, place, [])).toBe(false);
  });

  it('goes to a machine that can run it, where there is one', () => {
    const isolated = { ...anywhere, isolation: 'required' };
    expect(suits(isolated, strict, [place])).toBe(true);
    expect(suits(isolated, place, [strict])).toBe(false);
    expect(suits({ ...anywhere, isolation: 'container' }, place, [strict])).toBe(true);
    expect(suits({ ...anywhere, architecture: 'arm64' }, place, [{ ...place, architecture: 'arm64' }])).toBe(
      false,
    );
  });

  it('goes to whoever asks where no machine can run it, to fail there with the reason', () => {
    expect(suits({ ...anywhere, isolation: 'required' }, place, [place])).toBe(true);
    expect(suits({ ...anywhere, architecture: 'arm64' }, place, [])).toBe(true);
    const elsewhere = { ...strict, labels: {} };
    expect(
      suits({ labels: { gpu: 'a100' }, architecture: 'x64', isolation: 'required' }, place, [elsewhere]),
    ).toBe(true);
  });
});
