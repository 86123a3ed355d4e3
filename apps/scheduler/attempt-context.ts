import { DomainError, type Instant } from '#kernel';
import type { EventStore } from '#event-store';
import { runStream } from '#domain/run';
import { runCodec, type Actor } from '#contracts/stored';
import type { CommandContext } from '#runtime';

interface Said {
  readonly commandId: string;
  readonly actor: Actor;
  readonly receivedAt: Instant;
}

type Origin = Pick<CommandContext, 'correlationId' | 'causationId'>;

/**
 * The context of what happens to an attempt: tied to the submission of its run, caused by its claim; the same whoever reports.
 * @throws RUN_NOT_FOUND
 */
export type AttemptContexts = (run: string, epoch: number, said: Said) => Promise<CommandContext>;

const mostRemembered = 1_000;

/** Reads a run's own stream once for each attempt: what it looks for never changes. */
export function openAttemptContexts(eventStore: EventStore): AttemptContexts {
  const origins = new Map<string, Origin>();
  return async (run, epoch, said) => {
    const name = `${run} ${epoch}`;
    const origin = origins.get(name) ?? (await originOf(eventStore, run, epoch));
    origins.delete(name);
    if (origin.causationId !== undefined) origins.set(name, origin);
    const [oldest] = origins.keys();
    if (origins.size > mostRemembered && oldest !== undefined) origins.delete(oldest);
    return { ...said, ...origin };
  };
}

async function originOf(eventStore: EventStore, run: string, epoch: number): Promise<Origin> {
  let correlationId: string | undefined;
  for await (const batch of eventStore.readStream(runStream(run))) {
    for (const { type, bytes, eventId } of batch) {
      if (type !== 'RunSubmitted' && type !== 'RunClaimed') continue;
      const { event, metadata } = runCodec.decode(type, bytes);
      correlationId ??= metadata.correlationId;
      if (event.type === 'RunClaimed' && event.epoch === epoch)
        return { correlationId, causationId: eventId };
    }
  }
  if (correlationId === undefined)
    throw new DomainError('not-found', 'RUN_NOT_FOUND', 'there is no such run');
  return { correlationId };
}
