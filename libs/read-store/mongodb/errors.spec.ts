import { describe, expect, it } from '@jest/globals';
import { MongoServerError } from 'mongodb';
import { toDomainError } from './errors.js';

describe('errors of the driver', () => {
  it.each(['connection 7 to 127.0.0.1:27017 closed', 'connection 12 to db:27017 timed out'])(
    '%s is waited for, whatever it comes in',
    (message) => {
      const errors = [new Error(message), new MongoServerError({ message, code: 8 })];
      for (const error of errors)
        expect(toDomainError(error)).toMatchObject({ kind: 'unavailable', code: 'STORE_UNAVAILABLE' });
    },
  );

  it('what nobody knows is a fault', () => {
    const error = new MongoServerError({ message: 'no such stage', code: 40324 });
    expect(toDomainError(error)).toMatchObject({ kind: 'bug', code: 'STORE_FAULT' });
  });
});
