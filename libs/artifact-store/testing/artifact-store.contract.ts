import { describe } from '@jest/globals';
import { getting } from './getting.js';
import { keeping } from './keeping.js';
import { putting } from './putting.js';
import type { OpenUnderTest } from './under-test.js';

/**
 * Everything an artifact store promises, for any engine. An adapter's spec calls it once with a way to open a new store;
 * there is nothing to leave out.
 */
export function artifactStoreContract(name: string, open: OpenUnderTest): void {
  describe(`artifact store contract: ${name}`, () => {
    describe('put', () => putting(open));
    describe('get', () => getting(open));
    describe('keep', () => keeping(open));
  });
}
