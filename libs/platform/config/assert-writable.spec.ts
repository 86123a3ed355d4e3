import { describe, expect, it } from '@jest/globals';
import type { DomainError } from '#kernel';
import { assertWritable } from './assert-writable.js';
import { parsePlace, ServiceConfig } from './service-config.js';

/** Folders in which nobody can make one, whoever asks: the kernel's own. */
const [readOnly, empty] = ['/sys/kernel', '/proc/none'];

/** What a service is told of a place: why it is refused, or with what it is warned. */
function told(place: string, settings: Partial<ServiceConfig> = {}): readonly string[] {
  const warnings: string[] = [];
  const config = Object.assign(new ServiceConfig(), settings);
  try {
    const log = { warn: (message: string) => void warnings.push(message) };
    assertWritable('HOLDFAST_AUDIT_LOG', parsePlace(place), { config, log });
    return warnings;
  } catch (error) {
    const { kind, code, message } = error as DomainError;
    return [kind, code, message];
  }
}

describe('a place of evidence', () => {
  it.each([
    [empty, 'STORAGE_MISSING'],
    [process.execPath, 'STORAGE_MISSING'],
    [`${process.execPath}/below/it`, 'STORAGE_MISSING'],
    [readOnly, 'STORAGE_READ_ONLY'],
  ])('is refused at start where nothing can be written: %s is %s', (path, code) => {
    const message = expect.stringMatching(`HOLDFAST_AUDIT_LOG: ${path} .*\\(E[A-Z]+\\).* name another`);
    expect(told(`file:${path}`)).toEqual(['unavailable', code, message]);
  });

  it('may be there to be read, where others write the same history', () => {
    const shared = { eventStore: 'esdb://h:2113' };
    expect(told(`file:${readOnly}`, shared)).toEqual([expect.stringContaining('cannot be written')]);
    expect(told(`file:${readOnly}/none`, shared)).toContain('STORAGE_READ_ONLY');
    expect(told(`file:${empty}`, shared)).toContain('STORAGE_MISSING');
  });

  it('is not asked for here where it is no folder', () => {
    expect(told('s3://lab/log')).toEqual([]);
  });
});
