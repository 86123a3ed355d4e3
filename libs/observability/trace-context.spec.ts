import { describe, expect, it } from '@jest/globals';
import { correlationIdOf, parseTraceparent, spanIdOf, traceIdOf, traceparentOf } from './index.js';

const id = '0f8fad5b-d9cb-469f-a165-70867728950e';

describe('where something is in a trace', () => {
  it('follows from its correlation id, and back', () => {
    expect(traceIdOf(id)).toBe('0f8fad5bd9cb469fa16570867728950e');
    expect(correlationIdOf(traceIdOf(id))).toBe(id);
  });

  it('follows from a correlation id of another form too, and is never nothing', () => {
    const others = ['job:17', '0', '00000000-0000-0000-0000-000000000000', id.toUpperCase()].map(traceIdOf);
    for (const other of others) expect(other).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(others).size).toBe(4);
    expect(others).not.toContain('0'.repeat(32));
  });

  it('is told as W3C Trace Context has it, and understood', () => {
    const text = traceparentOf({ correlationId: id, eventId: id });
    expect(text).toBe('00-0f8fad5bd9cb469fa16570867728950e-0f8fad5bd9cb469f-01');
    expect(parseTraceparent(text)).toEqual({ traceId: traceIdOf(id), spanId: spanIdOf(id) });
    expect(parseTraceparent(`${text.replace(/^00/, '42')}-more`)).toBeDefined();
  });

  it.each([
    ['', 'nothing'],
    ['00-0f8fad5bd9cb469fa16570867728950e-0f8fad5bd9cb469f', 'a part of one'],
    [`00-${'0'.repeat(32)}-0f8fad5bd9cb469f-01`, 'no trace'],
    [`00-0f8fad5bd9cb469fa16570867728950e-${'0'.repeat(16)}-01`, 'no span'],
    ['ff-0f8fad5bd9cb469fa16570867728950e-0f8fad5bd9cb469f-01', 'a version that cannot be'],
  ])('is not read from %j: %s', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});
