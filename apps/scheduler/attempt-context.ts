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

/** The context of what happens to an attempt: tied to the submission of its run, caused by its claim; the same whoever reports. */
export interface AttemptContexts {
  /** @throws RUN_NOT_FOUND */
  of(run: string, epoch: number, said: Said): Promise<CommandContext>;
  /** Of an attempt that was claimed here. */
  remember(run: string, epoch: number, origin: Origin): void;
}

const mostRemembered = 1_000;

/** What it looks for never changes: a run's own stream is read at most once for each attempt, and never where it was claimed. */
export function openAttemptContexts(eventStore: EventStore): AttemptContexts {
  const origins = new Map<string, Origin>();
  const nameOf = (run: string, epoch: number) => `${run} ${epoch}`;
  const remember = (name: string, origin: Origin) => {
    origins.delete(name);
    origins.set(name, origin);
    const [oldest] = origins.keys();
    if (origins.size > mostRemembered && oldest !== undefined) origins.delete(oldest);
  };
  return {
    remember: (run, epoch, origin) => remember(nameOf(run, epoch), origin),
    async of(run, epoch, said) {
      const name = nameOf(run, epoch);
      const origin = origins.get(name) ?? (await originOf(eventStore, run, epoch));
      if (origin.causationId !== undefined) remember(name, origin);
      return { ...said, ...origin };
    },
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
