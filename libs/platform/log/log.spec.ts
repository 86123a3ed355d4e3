import { describe, expect, it } from '@jest/globals';
import { createLog } from './log.js';

const logInto = (format: 'json' | 'text', lines: string[]) =>
  createLog({ service: 'registry', format, write: (line) => lines.push(line) });

describe('log', () => {
  it('writes one JSON object a line, whatever is logged', () => {
    const lines: string[] = [];
    const log = logInto('json', lines).with({ correlationId: 'c1' });
    log.info('two\nlines', { size: 2n, bytes: new Uint8Array(9), message: 'forged', level: 'forged' });
    log.error('failed', { error: new TypeError('why') });
    expect(lines.every((line) => !line.includes('\n'))).toBe(true);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      service: 'registry',
      message: 'two\nlines',
      correlationId: 'c1',
      size: '2',
      bytes: '9 bytes',
    });
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ error: { name: 'TypeError', message: 'why' } });
  });

  it('asks for what a line carries when it is written', () => {
    const lines: string[] = [];
    let now: { readonly correlationId?: string } = {};
    const log = logInto('json', lines).with(() => now);
    log.info('outside');
    now = { correlationId: 'c1' };
    log.with({ part: 'queue' }).info('inside');
    expect(JSON.parse(lines[0] ?? '')).not.toHaveProperty('correlationId');
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ correlationId: 'c1', part: 'queue' });
  });

  it('lets no control character through to a terminal', () => {
    const lines: string[] = [];
    logInto('text', lines).warn('red \u001b[31malert', { name: '\u009b2J' });
    expect(lines[0]).toContain('\\u001b[31malert');
    // eslint-disable-next-line no-control-regex
    expect(lines[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });

  it('keeps quiet below its level', () => {
    const lines: string[] = [];
    const log = createLog({ service: 's', level: 'warn', format: 'text', write: (line) => lines.push(line) });
    log.info('no');
    log.debug('no');
    log.warn('yes');
    expect(lines).toHaveLength(1);
  });
});
