import { describe, expect, it } from '@jest/globals';
import { DomainError } from '#kernel';
import { exitStatus, exitStatusOf } from './exit-status.js';

describe('the exit status of an error', () => {
  it.each([
    ['exhausted', 'STORAGE_FULL', exitStatus.unreachable],
    ['unavailable', 'STORAGE_READ_ONLY', exitStatus.unreachable],
    ['exhausted', 'QUEUE_FULL', exitStatus.unreachable],
    ['exhausted', 'BLOB_TOO_LARGE', exitStatus.invalid],
    ['rule', 'RUN_HELD', exitStatus.invalid],
    ['bug', 'BUG', exitStatus.fault],
  ] as const)('%s %s is %i', (kind, code, status) => {
    expect(exitStatusOf(new DomainError(kind, code, 'it is so'))).toBe(status);
  });
});
