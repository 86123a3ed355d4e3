import type { Instant, SealedText, StreamId } from '#kernel';
import { uuidV5 } from '#evidence';
import type { Actor, EventMetadata } from '#contracts/stored';
import type { Stamp } from './stamp.js';

/** Who asks, why, and what for: becomes the metadata of every event the command gives. */
export interface CommandContext {
  /** UUID; event ids are made of it, so a retry appends the same events. */
  readonly commandId: string;
  readonly actor: Actor;
  /** Sealed only where another event already has it so. */
  readonly reason?: string | SealedText | undefined;
  readonly correlationId: string;
  readonly causationId?: string | undefined;
  /** When the command was first received. */
  readonly receivedAt: Instant;
}

/**
 * The context for one of several commands that a single request gives: each has a command id of its own; `part` names it, the
 * same for a retry.
 */
export const partOf = (context: CommandContext, part: string): CommandContext => ({
  ...context,
  commandId: uuidV5(context.commandId, part),
});

/** Made of its stream too: no event store can tell whether an id stands in another stream, so none ever does. */
export const eventIdOf = (commandId: string, stream: StreamId, index: number): string =>
  uuidV5(commandId, `${stream} ${index}`);

export const metadataOf = (
  { actor, reason, correlationId, causationId, receivedAt }: CommandContext,
  service: { readonly name: string; readonly version: string },
  { recordedAt, instance, instanceOrder }: Stamp,
): Omit<EventMetadata, 'schemaVersion'> => ({
  actor,
  ...(reason === undefined ? {} : { reason }),
  correlationId,
  ...(causationId === undefined ? {} : { causationId }),
  recordedAt,
  ...(receivedAt === recordedAt ? {} : { receivedAt }),
  instance,
  instanceOrder,
  service: service.name,
  serviceVersion: service.version,
});
