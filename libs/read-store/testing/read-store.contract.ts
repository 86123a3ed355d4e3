import { describe } from '@jest/globals';
import { closing } from './closing.js';
import { collecting } from './collecting.js';
import { committing } from './committing.js';
import { filtering } from './filtering.js';
import { leasing } from './leasing.js';
import { round } from './round.js';
import { setting } from './setting.js';
import { sorting } from './sorting.js';
import type { OpenUnderTest } from './under-test.js';

/**
 * Everything a read store promises, for any engine. An adapter's spec calls it once with a way to open a new store; there is
 * nothing to leave out.
 */
export function readStoreContract(name: string, open: OpenUnderTest): void {
  describe(`read store contract: ${name}`, () => {
    describe('collections', () => collecting(open));
    describe('documents', () => round(open));
    describe('commit', () => committing(open));
    describe('order and pages', () => sorting(open));
    describe('conditions', () => filtering(open));
    describe('settings', () => setting(open));
    describe('leases', () => leasing(open));
    describe('close', () => closing(open));
  });
}
