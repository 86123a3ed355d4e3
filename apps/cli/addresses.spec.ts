import { describe, expect, it } from '@jest/globals';
import { addressesOf, addressText, isElsewhere } from './addresses.js';

const each = {
  HOLDFAST_REGISTRY_ADDRESS: 'a:1',
  HOLDFAST_SCHEDULER_ADDRESS: '127.0.0.1:2,127.0.0.1:3',
  HOLDFAST_PROVENANCE_ADDRESS: 'c:4',
  HOLDFAST_AUDITOR_ADDRESS: 'd:5',
};

describe('where the services answer', () => {
  it('is one address for all, that of the option first', () => {
    expect(addressesOf(undefined, {})).toBeUndefined();
    expect(addressesOf(undefined, { HOLDFAST_SERVER: '' })).toBeUndefined();
    expect(addressesOf(undefined, { HOLDFAST_SERVER: 'a:1' })).toBe('a:1');
    expect(addressesOf('b:2', { HOLDFAST_SERVER: 'a:1', ...each })).toBe('b:2');
  });

  it('is one for each service, where that is said', () => {
    const addresses = addressesOf(undefined, each);
    expect(addresses).toEqual({
      ...{ registry: 'a:1', scheduler: '127.0.0.1:2,127.0.0.1:3', executor: '127.0.0.1:2,127.0.0.1:3' },
      ...{ provenance: 'c:4', auditor: 'd:5' },
    });
    expect(addressText(addresses ?? '')).toContain('scheduler 127.0.0.1:2,127.0.0.1:3, provenance c:4');
  });

  it('is HOST:PORT, and everything else is told at once', () => {
    for (const given of ['[::1]:4653', 'research.example:4653', 'a:1,10.0.0.5:2', '127.0.0.1:1, 10.0.0.5:2'])
      expect(addressesOf(given, {})).toBe(given);
    for (const given of ['', 'nonsense', 'http://a:1', 'a:99999', 'a:1,', ':1', 'a b:1'])
      expect(() => addressesOf(given, {})).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }));
    const wrong = { ...each, HOLDFAST_AUDITOR_ADDRESS: 'd', HOLDFAST_SERVER: 'e:f' };
    const fields = ['HOLDFAST_SERVER', 'HOLDFAST_AUDITOR_ADDRESS'].map((field) =>
      expect.objectContaining({ field }),
    );
    expect(() => addressesOf(undefined, wrong)).toThrow(expect.objectContaining({ problems: fields }));
    expect(addressesOf('a:1', wrong)).toBe('a:1');
  });

  it('is the common one for those that have none of their own', () => {
    const some = { HOLDFAST_AUDITOR_ADDRESS: 'd:5', HOLDFAST_SERVER: 'a:1' };
    expect(addressesOf(undefined, some)).toMatchObject({ registry: 'a:1', auditor: 'd:5' });
    expect(() => addressesOf(undefined, { HOLDFAST_AUDITOR_ADDRESS: 'd:5' })).toThrow(
      /HOLDFAST_REGISTRY_ADDRESS, HOLDFAST_SCHEDULER_ADDRESS, HOLDFAST_PROVENANCE_ADDRESS/,
    );
  });

  it('is elsewhere unless every one of them is on this machine', () => {
    const here = [undefined, 'localhost:1', '127.0.0.1:2,[::1]:3', '127.0.0.1:2, 127.0.0.1:3'];
    expect(here.map(isElsewhere)).toEqual([false, false, false, false]);
    expect(['a:1', '127.0.0.1:2,a:3', addressesOf(undefined, each)].map(isElsewhere)).toEqual([
      true,
      true,
      true,
    ]);
  });
});
