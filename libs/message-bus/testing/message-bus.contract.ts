import { describe } from '@jest/globals';
import { closing } from './closing.js';
import { delivering } from './delivering.js';
import { failing } from './failing.js';
import { refusing } from './refusing.js';
import { replaying } from './replaying.js';
import { sharing } from './sharing.js';
import type { OpenUnderTest } from './under-test.js';

/**
 * Everything a message bus promises, for any engine; it allows what the port allows: duplicates, another order across
 * keys. An adapter's spec calls it once with a way to open a bus; there is nothing to leave out.
 */
export function messageBusContract(name: string, open: OpenUnderTest): void {
  describe(`message bus contract: ${name}`, () => {
    describe('delivery', () => delivering(open));
    describe('groups', () => sharing(open));
    describe('limits', () => refusing(open));
    describe('failure', () => failing(open));
    describe('replay', () => replaying(open));
    describe('end', () => closing(open));
  });
}
