import { describe, expect, it } from '@jest/globals';
import { targetOf } from './target.js';

describe('the target of an address', () => {
  it('is that address', () => {
    expect(targetOf('research.example:4653')).toEqual({ target: 'research.example:4653', options: {} });
  });

  it('is any of several numbers', () => {
    expect(targetOf('127.0.0.1:1, localhost:2').target).toBe('ipv4:127.0.0.1:1,127.0.0.1:2');
    expect(targetOf('[::1]:1,[::1]:2').target).toBe('ipv6:[::1]:1,[::1]:2');
  });

  it.each(['a:1,b:2', '127.0.0.1:1,[::1]:2', '127.0.0.1:1,'])('is not %s', (address) => {
    expect(() => targetOf(address)).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }));
  });
});
