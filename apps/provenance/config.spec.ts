import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '#platform';
import { ProvenanceConfig } from './index.js';

describe('settings', () => {
  it('serve the embedded mode as they are', () => {
    expect(loadConfig(ProvenanceConfig, {})).toMatchObject({
      maxImportBytes: 64 * 2 ** 30,
      gcMinAgeMs: 86_400_000,
      scrubEveryMs: 86_400_000,
      disposeEveryMs: 0,
      schedulerAddress: undefined,
    });
  });

  it('are read from the environment, every problem at once', () => {
    const env = {
      HOLDFAST_MAX_IMPORT_BYTES: '1024',
      HOLDFAST_GC_MIN_AGE_MS: '0',
      HOLDFAST_SCRUB_EVERY_MS: '3600000',
      HOLDFAST_DISPOSE_EVERY_MS: '60000',
      HOLDFAST_SCHEDULER_ADDRESS: '[::1]:4653',
    };
    expect(loadConfig(ProvenanceConfig, env)).toMatchObject({
      maxImportBytes: 1024,
      gcMinAgeMs: 0,
      scrubEveryMs: 3_600_000,
      disposeEveryMs: 60_000,
      schedulerAddress: '[::1]:4653',
    });
    const bad = {
      HOLDFAST_MAX_IMPORT_BYTES: '0',
      HOLDFAST_GC_MIN_AGE_MS: '-1',
      HOLDFAST_SCRUB_EVERY_MS: '10',
      HOLDFAST_DISPOSE_EVERY_MS: '-5',
      HOLDFAST_SCHEDULER_ADDRESS: 'http://here',
    };
    expect(() => loadConfig(ProvenanceConfig, bad)).toThrow('5 problems');
  });
});
