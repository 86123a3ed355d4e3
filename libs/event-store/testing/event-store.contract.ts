import { describe } from '@jest/globals';
import { appending } from './appending.js';
import { closing } from './closing.js';
import { racing } from './racing.js';
import { reading } from './reading.js';
import { refusing } from './refusing.js';
import { resuming } from './resuming.js';
import { subscribing } from './subscribing.js';
import type { OpenUnderTest } from './under-test.js';

/**
 * Everything an event store promises, for any engine. An adapter's spec calls it once with a way to open a new store;
 * there is nothing to leave out.
 */
export function eventStoreContract(name: string, open: OpenUnderTest): void {
  describe(`event store contract: ${name}`, () => {
    describe('append', () => appending(open));
    describe('append, refused', () => refusing(open));
    describe('append, raced', () => racing(open));
    describe('read', () => reading(open));
    describe('subscribe', () => subscribing(open));
    describe('resume', () => resuming(open));
    describe('close', () => closing(open));
  });
}
