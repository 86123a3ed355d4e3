import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findSecret, folderBytes, openMask, secretBytes } from './secret-bytes.js';

const cut = (text: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [0, ...cuts.map((n) => n % (text.length + 1)), text.length].sort((a, b) => a - b);
  return places.slice(1).map((end, i) => text.subarray(places[i], end));
};
const masked = (pieces: readonly Buffer[], secrets: Record<string, string>): string => {
  const mask = openMask(secretBytes(secrets));
  return Buffer.concat([...pieces.map((piece) => mask.pass(piece)), mask.end()]).toString();
};

describe('secrets in output', () => {
  it('are masked, each occurrence, the longer of two first', () => {
    expect(masked([Buffer.from('key=hush, hush-hush; hus')], { A: 'hush', B: 'hush-hush' })).toBe(
      'key=***, ***; hus',
    );
    expect(masked([Buffer.from('nothing here')], {})).toBe('nothing here');
  });

  it('are masked as the folder of a step is, which is where it is at every level', () => {
    const mask = openMask([...secretBytes({ A: 'hush' }), folderBytes('/home/ada/steps/7')]);
    const said = mask.pass(Buffer.from('hush: file:///home/ada/steps/7/work/a.mjs:1, /home/ada/steps/8'));
    expect(said.toString()).toBe('***: file:///work/a.mjs:1, /home/ada/steps/8');
  });

  it('are masked wherever the pieces are cut, and nothing else is', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'ab', 'abab', 'x', 'ba'), { maxLength: 30 });
    fc.assert(
      fc.property(words, fc.array(fc.nat(), { maxLength: 8 }), (parts, cuts) => {
        const text = Buffer.from(parts.join(''));
        expect(masked(cut(text, cuts), { A: 'abab', B: 'bax' })).not.toMatch(/abab/);
        expect(masked(cut(text, cuts), { A: 'Z' })).toBe(text.toString());
      }),
    );
  });

  it('are held back only as long as they may be one', () => {
    const mask = openMask(secretBytes({ A: 'secret' }));
    expect(mask.pass(Buffer.from('50 % done; sec')).toString()).toBe('50 % done; ');
    expect(mask.pass(Buffer.from('onds left')).toString()).toBe('seconds left');
    expect(mask.end().toString()).toBe('');
  });

  it('are found in files wherever the pieces are cut, unless they are too short to be told', async () => {
    const text = Buffer.from('model: hush-hush-hush');
    const secrets = secretBytes({ SHORT: 'model', TOKEN: 'hush-hush' });
    for (let at = 0; at <= text.length; at++)
      expect(await findSecret(cut(text, [at]), secrets)).toBe('TOKEN');
    expect(await findSecret([text], secretBytes({ SHORT: 'model' }))).toBeUndefined();
    expect(await findSecret([Buffer.from('clean')], secrets)).toBeUndefined();
  });
});
