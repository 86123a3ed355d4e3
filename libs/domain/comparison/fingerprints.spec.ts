import { describe, expect, it } from '@jest/globals';
import type { Digest, JsonObject } from '#kernel';
import { digestValue } from '#evidence';
import { compareFingerprints, differingSections, type CapturedEnvironment } from './index.js';

const captured = (sections: Record<string, JsonObject>): Required<CapturedEnvironment> => ({
  document: { holdfast: 'fingerprint/1', sections },
  sections: Object.fromEntries(Object.entries(sections).map(([name, value]) => [name, digestValue(value)])),
});
const python = (numpy: string) => ({
  digest: `sha256:${'0'.repeat(64)}`,
  installed: [
    { name: 'numpy', version: numpy },
    { name: 'scipy', version: '1.17.0' },
  ],
});
const host = (numpy: string, cores: number, model = 'A') =>
  captured({ packages: python(numpy), cpu: { model, cores }, clock: { pinned: 'UTC' } });

describe('two fingerprints', () => {
  it('name what differs inside a section, likeliest cause first', () => {
    const differences = compareFingerprints(host('2.3.0', 2), host('2.4.0', 4));
    expect(differences.map(({ what, a, b, detail }) => [what, a, b, detail])).toEqual([
      ['fingerprint.packages.installed.numpy', '2.3.0', '2.4.0', 'changed'],
      ['fingerprint.cpu.cores', '2', '4', '+2 (+100 %)'],
    ]);
    expect(differences.every(({ area }) => area === 'environment')).toBe(true);
    expect(compareFingerprints(host('2.3.0', 2), host('2.3.0', 2))).toEqual([]);
  });

  it('name the section when what was in it is not at hand', () => {
    const { sections } = host('2.3.0', 2);
    const other = host('2.3.0', 2, 'B');
    expect(compareFingerprints({ sections }, other)).toMatchObject([
      { what: 'fingerprint.cpu', detail: 'changed' },
    ]);
    expect(
      differingSections(
        { sections },
        { sections: { ...other.sections, gpu: other.sections['cpu'] as Digest } },
      ),
    ).toEqual(['cpu', 'gpu']);
  });
});
