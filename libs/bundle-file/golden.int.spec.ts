import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { VerifierKey } from '#evidence';
import { verifyBundle } from './index.js';
import { signedSample, testSigner } from './testing/index.js';

const golden = (name: string): string => fileURLToPath(new URL(`./golden/${name}`, import.meta.url));
/** Of the key that signed the golden ones. */
const key: VerifierKey = { algorithm: 'ed25519', publicKey: testSigner().publicKey };

describe('a bundle of an earlier release', () => {
  it('of before there were signatures holds, and proves nothing of who made it', async () => {
    const report = await verifyBundle(golden('unsigned-seeded@0.1.0.bin'));
    expect(report).toMatchObject({
      core: 'sha256:fd98e2a92e20a306aadcd49c61a24b69ac6891b21224cb851b3cee770f046dfc',
      outcome: 'completed',
      problems: [],
      notProven: [
        'who made it and when: it carries no signature and no log proof',
        expect.stringContaining('the data still exist'),
        expect.stringContaining('the environment it ran in still exists'),
        expect.stringContaining('the clocks'),
      ],
    });
    expect(report.signedBy).toBeUndefined();
    const keyed = await verifyBundle(golden('unsigned-seeded@0.1.0.bin'), { keys: [key] });
    expect(keyed.problems).toMatchObject([{ code: 'SIGNATURE_MISSING' }]);
  });

  it('signed and logged holds under the key that signed it', async () => {
    const report = await verifyBundle(golden('signed-seeded@0.1.0.bin'), { keys: [key] });
    expect(report).toMatchObject({ problems: [], log: { origin: 'example.org/log', size: 3 } });
    expect(report.proven).toHaveLength(7);
    // What is written today is still the same; where that changes on purpose, another golden file is added, and this one stays.
    expect((await readFile(golden('signed-seeded@0.1.0.bin'))).equals((await signedSample()).file)).toBe(
      true,
    );
  });

  it.each([
    ['unsigned', ['steps/1/train: its seed']],
    ['signed', ['steps/1/train: its seed', 'fingerprint.json: does not have the sections']],
  ])('that nobody ran is told by what no run has, and by nothing else: %s', async (name, told) => {
    const { problems } = await verifyBundle(golden(`${name}@0.1.0.bin`));
    expect(problems.map(({ field, message }) => `${field}: ${message}`)).toEqual(
      told.map((text) => expect.stringContaining(text)),
    );
  });
});
