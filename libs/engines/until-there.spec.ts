import { describe, expect, it } from '@jest/globals';
import { DomainError, systemClock } from '#kernel';
import { untilThere } from './until-there.js';

const away = new DomainError('unavailable', 'STORAGE_UNREACHABLE', 'nobody answers');

/** Fails so often, then is there. */
function engine(failures: readonly Error[]) {
  let tries = 0;
  return async () => {
    const failure = failures[tries++];
    if (failure) throw failure;
    return tries;
  };
}

function patient() {
  const [slept, told]: [number[], string[]] = [[], []];
  const patience = {
    clock: { ...systemClock, sleep: async (ms: number) => void slept.push(ms) },
    waiting: (part: string, error: unknown) => void told.push(`${part} ${(error as DomainError).code}`),
  };
  return { patience, slept, told };
}

describe('an engine that starts later', () => {
  it('is waited for, and told of once', async () => {
    const { patience, slept, told } = patient();
    expect(await untilThere('artifact-store', patience, engine([away, away, away]))).toBe(4);
    expect(slept).toEqual([1000, 1000, 1000]);
    expect(told).toEqual(['artifact-store STORAGE_UNREACHABLE']);
  });

  it('is not waited for by who has no patience', async () => {
    await expect(untilThere('artifact-store', undefined, engine([away]))).rejects.toBe(away);
  });

  it('is not waited for when waiting cannot help', async () => {
    const { patience, told } = patient();
    const wrong = new DomainError('invalid', 'CONNECTION_STRING', 'wrong');
    await expect(untilThere('event-store', patience, engine([away, wrong]))).rejects.toBe(wrong);
    const bug = new TypeError('bug');
    await expect(untilThere('event-store', patience, engine([bug]))).rejects.toBe(bug);
    expect(told).toHaveLength(1);
  });
});
