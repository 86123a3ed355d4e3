import type { Program } from '../harness/figure.js';
import { startBareCalls } from '../support/bare-calls.js';
import { fillStore } from '../support/filled-store.js';
import { temporaryFolder } from '../support/folder.js';
import { startServer } from '../support/server.js';
import { untilIdle } from '../support/until-idle.js';

/** From starting the process to the line that says where it answers, when every service is ready. */
export const start: Program = async (full) => {
  const runs = full ? 10_000 : 300;
  const folder = await temporaryFolder('start');
  await fillStore(folder.at('filled'), runs);
  const first = await startServer({ dataDir: folder.at('filled') });
  await untilIdle(first);
  await first.stop();
  let made = 0;
  return {
    async ours() {
      const empty = await startServer({ dataDir: folder.at(`empty-${made++}`) });
      await untilIdle(empty);
      const memory = empty.residentMb();
      await empty.stop();
      const filled = await startServer({ dataDir: folder.at('filled') });
      await filled.stop();
      return {
        'start.empty': empty.readyAfterMs / 1000,
        'start.filled': filled.readyAfterMs / 1000,
        'start.memory': memory,
      };
    },
    async bare() {
      const bare = await startBareCalls(folder.at(`bare-${made++}.sqlite`));
      await bare.call(Buffer.alloc(1));
      const memory = bare.residentMb();
      await bare.stop();
      const seconds = bare.readyAfterMs / 1000;
      return { 'start.empty': seconds, 'start.filled': seconds, 'start.memory': memory };
    },
    ...(full ? {} : { smaller: { 'start.filled': `with ${runs} runs` } }),
    close: () => folder.remove(),
  };
};
