import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DomainError, errorKinds, type Problem } from '#kernel';
import { decodeError, encodeError } from './error-details.js';
import { codeOf, kindOf } from './status.js';

const problem = (index: number): Problem => ({
  code: 'KNOB_OUT_OF_RANGE',
  field: `knobs.k${index}`,
  message: 'is outside its range',
  found: '7',
  place: { file: 'holdfast.yaml', line: index, column: 3 },
});

describe('errors over the wire', () => {
  it.each(errorKinds)('brings %s back with its code, facts and problems', (kind) => {
    const error = new DomainError(kind, 'SOME_CODE', 'what was wrong', {
      facts: { stream: 'run-1', expected: 7 },
      problems: [problem(1), { code: 'X', field: '', message: 'm' }],
    });
    const back = decodeError(encodeError(error));
    expect(back).toMatchObject({ kind, code: 'SOME_CODE', message: 'what was wrong' });
    expect(back.facts).toEqual({ stream: 'run-1', expected: '7' });
    expect(back.problems).toEqual(error.problems);
  });

  it('gives every kind a status of its own and none UNKNOWN', () => {
    const codes = errorKinds.map(codeOf);
    expect(new Set(codes).size).toBe(errorKinds.length);
    expect(codes).not.toContain(2);
    expect(errorKinds.map((kind) => kindOf(codeOf(kind)))).toEqual(errorKinds);
  });

  it('takes a stranger’s status for what it is', () => {
    expect(decodeError({ code: 12, message: 'no such method' })).toMatchObject({
      kind: 'bug',
      code: 'UNIMPLEMENTED',
    });
  });

  it('stays below what gRPC stacks accept as metadata, and says what it left out', () => {
    const problems = Array.from({ length: 5_000 }, (_, index) => problem(index));
    const wire = encodeError(
      new DomainError('invalid', 'INVALID_BLUEPRINT', 'x'.repeat(9_000), { problems }),
    );
    expect(wire.details.byteLength * (4 / 3) + wire.message.length).toBeLessThan(16 * 1024);
    const back = decodeError(wire);
    expect(back.problems.length + Number(back.facts['problemsOmitted'])).toBe(5_000);
  });

  it('survives any bytes as details', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (details) => {
        expect(decodeError({ code: 3, message: 'm', details }).kind).toBe('invalid');
      }),
    );
  });

  it('carries a retry hint as google.rpc.RetryInfo', () => {
    const error = new DomainError('exhausted', 'QUEUE_FULL', 'full', { facts: { retryAfterMs: 1500 } });
    const text = Buffer.from(encodeError(error).details).toString('latin1');
    expect(text).toContain('type.googleapis.com/google.rpc.RetryInfo');
  });
});
