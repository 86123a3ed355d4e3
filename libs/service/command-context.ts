import type { CallContext } from '#platform';
import type { CommandContext } from '#runtime';

/** A call that changes something, as its events will tell of it; an empty reason is none. */
export const commandContext = (
  { commandId, actor, correlationId, causationId, receivedAt }: CallContext,
  reason: string,
): CommandContext => ({
  commandId,
  actor,
  correlationId,
  causationId,
  receivedAt,
  reason: reason || undefined,
});
