import { isDomainError, streamId, systemChance, type ErrorKind } from '#kernel';
import type { EventStore } from '#event-store';
import { positionToken } from '#runtime';
import type { System } from '../../support/system.js';

const callers = 64;

/** How far something long is, on stderr, every so often. */
export function openProgress(everyMs = 5_000): (text: () => string) => void {
  let toldAt = performance.now();
  return (text) => {
    if (performance.now() - toldAt < everyMs) return;
    toldAt = performance.now();
    process.stderr.write(` ${text()};`);
  };
}

/** So many more runs that wait as the one in `template` does: copies of its submission, byte for byte but for ids. */
export async function queueCopies(eventStore: EventStore, run: string, count: number): Promise<void> {
  const template = (await Array.fromAsync(eventStore.readStream(streamId('run', run)))).flat();
  const texts = template.map(({ type, bytes }) => ({
    type,
    parts: Buffer.from(bytes).toString().split(run),
  }));
  const tell = openProgress();
  let left = count;
  const write = async () => {
    while (left-- > 0) {
      const id = systemChance.uuid();
      const events = texts.map(({ type, parts }) => ({
        ...{ eventId: systemChance.uuid(), type },
        bytes: Buffer.from(parts.join(id)),
      }));
      await untilStored(() => eventStore.append(streamId('run', id), 'none', events));
      tell(() => `${count - left} of ${count} submitted`);
    }
  };
  await Promise.all(Array.from({ length: callers }, write));
}

/** The same events again change nothing, where the engine is only too busy to answer in time. */
async function untilStored(append: () => Promise<unknown>): Promise<void> {
  while (!(await append().then(() => true, notYet('unavailable'))));
}

const lookEveryMs = 2_000;

/** So many runs wait by what the scheduler knows, and everything that was appended is in its read models, which are not asked how they are: that counts them. */
export async function untilQueued(
  { connection: { scheduler }, eventStore }: Pick<System, 'connection' | 'eventStore'>,
  run: string,
  runs: number,
): Promise<void> {
  const minPosition = positionToken(await eventStore.head());
  const tell = openProgress();
  for (;;) {
    const { diagnosis } = await scheduler.diagnose({});
    const waiting = (diagnosis?.pools ?? []).reduce((sum, pool) => sum + pool.waiting, 0);
    if (waiting >= runs) break;
    tell(() => `${waiting} of ${runs} known to the scheduler`);
    await pause(lookEveryMs);
  }
  for (;;) {
    const read = scheduler.getRun({ namespace: '', id: run }, { minPosition, deadlineMs: 4 * lookEveryMs });
    if (await read.then(() => true, notYet('timeout'))) return;
    tell(() => 'read models are behind');
  }
}

const notYet = (kind: ErrorKind) => (error: unknown) => {
  if (isDomainError(error) && error.kind === kind) return false;
  throw error;
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
