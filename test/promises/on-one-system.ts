import { afterAll, beforeAll, describe } from '@jest/globals';
import { startTogether } from '../support/start-together.js';
import type { StartOptions, System } from '../support/system.js';

/** Tests of one promise, on one system of all services; nothing may be left otherwise than history says. */
export function onOneSystem(
  promise: string,
  tests: (system: () => System) => void,
  options?: StartOptions,
): void {
  describe(promise, () => {
    let system: System | undefined;
    beforeAll(async () => {
      system = await startTogether(options);
    });
    afterAll(async () => {
      try {
        await system?.rebuildAll();
      } finally {
        await system?.close();
      }
    });
    tests(() => {
      if (system === undefined) throw new Error('the system has not been started');
      return system;
    });
  });
}
