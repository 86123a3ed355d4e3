import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toInstant, type Problem } from '#kernel';
import { cloudEvent, parseCloudEvent } from './index.js';

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const good = { ce_specversion: '1.0', ce_id: '1', ce_source: '/s', ce_type: 't' };
const problemsOf = (headers: Record<string, string>, value = text({})): string[] => {
  try {
    parseCloudEvent({ headers, value });
    return [];
  } catch (error) {
    return (error as { problems: Problem[] }).problems.map(({ field }) => field);
  }
};

describe('CloudEvents', () => {
  it('come back as they were written', () => {
    const name = fc.stringMatching(/^x[a-z0-9]{1,10}$/);
    const nonEmpty = fc.string({ minLength: 1, unit: 'binary' });
    const event = fc.record(
      {
        id: nonEmpty,
        source: nonEmpty,
        type: nonEmpty,
        subject: nonEmpty,
        time: fc.integer({ min: 0, max: 4e12 }).map(toInstant),
        extensions: fc.dictionary(name, fc.string(), { minKeys: 1 }),
        data: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
      },
      { requiredKeys: ['id', 'source', 'type', 'data'] },
    );
    fc.assert(
      fc.property(event, (given) => {
        expect(parseCloudEvent(cloudEvent(given as never, 'k'))).toEqual(given);
      }),
    );
  });

  it('are written in binary mode', () => {
    const event = {
      id: '1',
      source: '/holdfast/scheduler',
      type: 'holdfast.run.completed.v1',
      data: { a: 1 },
    };
    expect(cloudEvent({ ...event, extensions: { correlationid: 'c' } }, 'run-1')).toEqual({
      key: 'run-1',
      headers: {
        ce_specversion: '1.0',
        ce_id: '1',
        ce_source: '/holdfast/scheduler',
        ce_type: 'holdfast.run.completed.v1',
        ce_correlationid: 'c',
        'content-type': 'application/json',
      },
      value: text({ a: 1 }),
    });
  });

  it('are read whatever the case of headers, offset of times and kind of JSON', () => {
    const headers = {
      ...good,
      CE_Time: '2026-01-31T10:30:00+01:00',
      'Content-Type': 'application/vnd.x+json; charset=utf-8',
    };
    expect(parseCloudEvent({ headers, value: text(1) })).toMatchObject({
      time: '2026-01-31T09:30:00.000Z',
      data: 1,
    });
  });

  it('report every problem of hostile input at once', () => {
    expect(problemsOf({})).toEqual(['ce_specversion', 'ce_id', 'ce_source', 'ce_type']);
    expect(
      problemsOf(
        { ...good, ce_id: '', ce_time: 'yesterday', 'ce_../x': '1', 'content-type': 'text/html' },
        Uint8Array.of(0xff),
      ),
    ).toEqual(['ce_id', 'ce_time', 'ce_../x', 'content-type', 'data']);
    expect(problemsOf({ ...good, ce_specversion: '0.3' })).toEqual(['ce_specversion']);
    expect(problemsOf({ ...good, ce___proto__: 'x' })).toEqual(['ce___proto__']);
  });
});
