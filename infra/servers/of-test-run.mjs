// The servers that all specs of a test run share, by their `HOLDFAST_TEST_…` variables.
import { start } from './index.mjs';

/**
 * Starts those of `wanted` whose variable is not set, and sets it for the processes that this one starts.
 * @returns {Promise<readonly { name: string, variable: string, kind: 'given' | 'real' | 'compatible' | 'missing', title: string, note?: string }[]>}
 *   of each what it is; of a missing one the title says why
 */
export const shareServers = (wanted) =>
  Promise.all(
    wanted.map(async (server) => {
      const { name, variable } = server;
      if ((process.env[variable] ?? '') !== '')
        return { name, variable, kind: 'given', title: `what ${variable} names` };
      try {
        const { running, ...is } = await start(server, { durable: false });
        process.env[variable] = running.url;
        return { name, variable, ...is };
      } catch (error) {
        return { name, variable, kind: 'missing', title: error.message };
      }
    }),
  );
