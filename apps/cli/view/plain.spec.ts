import { describe, expect, it } from '@jest/globals';
import { plain, word } from './plain.js';

describe('a message as scripts get it', () => {
  it('has no field that was not sent, JSON where bytes were, and words for enums', () => {
    const message = {
      id: 'r',
      status: 'RUN_STATUS_QUEUED',
      verdict: 'VERDICT_UNSPECIFIED',
      knobs: Buffer.from('{"l2":0.1}'),
      isolation: Buffer.alloc(0),
      startedAt: undefined,
      steps: [{ name: 'train', fold: undefined, status: 'completed', seed: Buffer.from([0xff]) }],
    };
    expect(plain(message)).toEqual({
      id: 'r',
      status: 'queued',
      knobs: { l2: 0.1 },
      steps: [{ name: 'train', status: 'completed', seed: '/w==' }],
    });
    expect(plain(message, { id: 'other', status: undefined })).toMatchObject({ id: 'other' });
    expect(plain(message, { status: undefined })).not.toHaveProperty('status');
  });

  it('leaves other texts alone', () => {
    expect(plain({ reason: 'RUN_STATUS_QUEUED' })).toEqual({ reason: 'RUN_STATUS_QUEUED' });
    expect(word('VERDICT_NOT_RUN')).toBe('not-run');
    expect(word('live')).toBe('live');
  });
});
