import { availableParallelism } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '#platform';
import { ExecutorConfig, labelsOf } from './config.js';

const load = (env: Record<string, string>) => loadConfig(ExecutorConfig, env);

describe('settings of an executor', () => {
  it('are few, and none is needed', () => {
    const config = load({});
    expect(config).toMatchObject({ pool: 'default', labels: '', sandbox: 'auto', sandboxRequired: false });
    expect(config.slots).toBe(availableParallelism());
    expect(labelsOf(config)).toEqual({});
  });

  it('are read from the environment', () => {
    const config = load({
      HOLDFAST_POOL: 'gpu',
      HOLDFAST_LABELS: 'gpu=a100,site=north/2',
      HOLDFAST_SLOTS: '7',
      HOLDFAST_SANDBOX: 'bubblewrap',
      HOLDFAST_SANDBOX_REQUIRED: '1',
      HOLDFAST_INPUT_CACHE_MIB: '0',
      HOLDFAST_SECRETS_DIR: '/run/secrets',
      HOLDFAST_SCHEDULER_ADDRESS: 'scheduler:4653',
    });
    expect(config).toMatchObject({ pool: 'gpu', slots: 7, sandbox: 'bubblewrap', sandboxRequired: true });
    expect(config.inputCacheMib).toBe(0);
    expect(labelsOf(config)).toEqual({ gpu: 'a100', site: 'north/2' });
  });

  it.each([
    ['HOLDFAST_POOL', 'GPU pool'],
    ['HOLDFAST_LABELS', 'gpu'],
    ['HOLDFAST_LABELS', 'gpu=a100,'],
    ['HOLDFAST_SLOTS', '0'],
    ['HOLDFAST_SANDBOX', 'docker'],
    ['HOLDFAST_SANDBOX_REQUIRED', 'yes'],
    ['HOLDFAST_INPUT_CACHE_MIB', '4Gi'],
    ['HOLDFAST_SCHEDULER_ADDRESS', 'http://scheduler'],
  ])('%s cannot be %s', (name, value) => {
    expect(() => load({ [name]: value })).toThrow(expect.objectContaining({ code: 'INVALID_CONFIGURATION' }));
  });
});
