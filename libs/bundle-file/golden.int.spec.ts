import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { VerifierKey } from '#evidence';
import { verifyBundle } from './index.js';

const golden = (name: string): string => fileURLToPath(new URL(`./golden/${name}`, import.meta.url));
const key: VerifierKey = { algorithm: 'ed25519', publicKey: new Uint8Array(32).fill(7) };

describe('a bundle of an earlier release', () => {
  it('of before there were signatures holds, and proves nothing of who made it', async () => {
    const report = await verifyBundle(golden('unsigned@0.1.0.bin'));
    expect(report).toMatchObject({
      core: 'sha256:6bc3baddb159673bba112df8738d89bcb514333e56c96dc40da61b89eb1dbb3e',
      outcome: 'completed',
      problems: [],
      notProven: [
        'who made it and when: it carries no signature and no log proof',
        expect.stringContaining('the data still exist'),
        expect.stringContaining('the clocks'),
      ],
    });
    expect(report.signedBy).toBeUndefined();
    const keyed = await verifyBundle(golden('unsigned@0.1.0.bin'), { keys: [key] });
    expect(keyed.problems).toMatchObject([{ code: 'SIGNATURE_MISSING' }]);
  });
});
