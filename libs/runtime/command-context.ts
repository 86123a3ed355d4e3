import type { Instant } from '#kernel';
import { uuidV5 } from '#evidence';
import type { Actor, EventMetadata } from '#contracts/stored';
import type { Stamp } from './stamp.js';

/** Who asks, why, and what for: becomes the metadata of every event the command gives. */
export interface CommandContext {
  /** UUID; event ids are UUIDv5 of it and their index, so a retry appends the same events. */
  readonly commandId: string;
  readonly actor: Actor;
  readonly reason?: string | undefined;
  readonly correlationId: string;
  readonly causationId?: string | undefined;
  /** When the command was first received. */
  readonly receivedAt: Instant;
}

/**
 * The context for one of several commands that a single request gives. Event ids come from the command id, so each
 * stream written for one request needs a command id of its own: `part` names it, the same for a retry.
 */
export const partOf = (context: CommandContext, part: string): CommandContext => ({
  ...context,
  commandId: uuidV5(context.commandId, part),
});

export const eventIdOf = ({ commandId }: CommandContext, index: number): string =>
  uuidV5(commandId, String(index));

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
