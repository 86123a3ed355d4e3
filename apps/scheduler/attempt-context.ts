import { DomainError, type Instant } from '#kernel';
import { runStream } from '#domain/run';
import { runCodec, type Actor } from '#contracts/stored';
import type { CommandContext } from '#runtime';
import type { Scheduler } from './scheduler.js';

interface Said {
  readonly commandId: string;
  readonly actor: Actor;
  readonly receivedAt: Instant;
  readonly reason?: string;
}

/**
 * The context of what happens to an attempt: tied to the submission of its run, caused by its claim. Read from the run's own
 * stream, so that it is the same whoever reports.
 * @throws RUN_NOT_FOUND
 */
export async function attemptContext(
  { runtime }: Pick<Scheduler, 'runtime'>,
  run: string,
  epoch: number,
  said: Said,
): Promise<CommandContext> {
  let correlationId: string | undefined;
  let causationId: string | undefined;
  for await (const batch of runtime.engines.eventStore.readStream(runStream(run))) {
    for (const { type, bytes, eventId } of batch) {
      if (type !== 'RunSubmitted' && type !== 'RunClaimed') continue;
      const { event, metadata } = runCodec.decode(type, bytes);
      correlationId ??= metadata.correlationId;
      if (event.type === 'RunClaimed' && event.epoch === epoch) causationId = eventId;
    }
  }
  if (correlationId === undefined)
    throw new DomainError('not-found', 'RUN_NOT_FOUND', 'there is no such run');
  return { ...said, correlationId, causationId };
}
