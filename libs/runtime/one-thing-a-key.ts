import { DomainError, type StreamId } from '#kernel';
import type { CommandHandler } from './command-handler.js';

/** Keys that an instance remembers; the eldest are forgotten first. */
const mostRemembered = 10_000;

/**
 * For things that are found by name, not by the command that made them: a command id that has written one stream is refused for another,
 * as long as this instance remembers it. Within a stream the event ids say so for ever.
 * @returns what wraps each of the handlers that share these keys; they throw IDEMPOTENCY_KEY_REUSED (already-exists)
 */
export function oneThingAKey(): <Command, State, Event>(
  handler: CommandHandler<Command, State, Event>,
) => CommandHandler<Command, State, Event> {
  const things = new Map<string, StreamId>();
  return ({ load, execute }) => ({
    load,
    async execute(stream, command, context) {
      const { commandId } = context;
      const known = things.get(commandId);
      if (known !== undefined && known !== stream)
        throw new DomainError(
          'already-exists',
          'IDEMPOTENCY_KEY_REUSED',
          'this idempotency key was used for something else; take a new one',
          { facts: { stream: known } },
        );
      things.set(commandId, stream);
      if (things.size > mostRemembered) things.delete(things.keys().next().value as string);
      try {
        return await execute(stream, command, context);
      } catch (error) {
        // What was refused has used nothing up.
        if (known === undefined) things.delete(commandId);
        throw error;
      }
    },
  });
}
