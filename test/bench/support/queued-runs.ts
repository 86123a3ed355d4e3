import { streamId, systemChance } from '#kernel';
import type { EventStore } from '#event-store';

const callers = 64;

/** So many more runs that wait as the one in `template` does: copies of its submission, byte for byte but for ids. */
export async function queueCopies(eventStore: EventStore, run: string, count: number): Promise<void> {
  const template = (await Array.fromAsync(eventStore.readStream(streamId('run', run)))).flat();
  let left = count;
  const write = async () => {
    while (left-- > 0) {
      const id = systemChance.uuid();
      const events = template.map(({ type, bytes }) => ({
        ...{ eventId: systemChance.uuid(), type },
        bytes: Buffer.from(Buffer.from(bytes).toString().replaceAll(run, id)),
      }));
      await eventStore.append(streamId('run', id), 'none', events);
    }
  };
  await Promise.all(Array.from({ length: callers }, write));
}
