import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { startApart } from '../support/start-apart.js';
import { assertWrittenByOwners } from '../support/stream-owners.js';
import { startTogether } from '../support/start-together.js';
import type { Start, StartOptions, System } from '../support/system.js';

export type Way = readonly [name: string, start: Start];

export const ways: readonly Way[] = [
  ['together in one process', startTogether],
  ['each on its own', startApart],
];

/**
 * Runs one suite against both ways to run Holdfast; the suite cannot tell which. One system serves all tests of a suite, so each
 * test uses a namespace of its own. At its end every read model of every service is rebuilt, over the events of all tests, and must be
 * what it was; and nobody may have written into a stream of somebody else.
 */
export function bothWays(
  name: string,
  suite: (system: () => System) => void,
  options: StartOptions = {},
  among: readonly Way[] = ways,
): void {
  describe.each(among)(`${name}, %s`, (_, start) => {
    let system: System | undefined;
    const present = (): System => {
      if (system === undefined) throw new Error('the system has not been started');
      return system;
    };
    beforeAll(async () => {
      system = await start(options);
    });
    afterAll(() => system?.close());
    suite(present);
    it('leaves every read model as history says it, and every stream to its owner', async () => {
      await present().rebuildAll();
      await assertWrittenByOwners(present().eventStore);
    });
  });
}
