import { decodeBase64, encodeBase64, type Checkpoint } from '#evidence';
import type { Position } from '#event-store';

/** What the sequencer keeps beside the log: the newest checkpoint, and where in the event store its last entry is. */
export interface Remembered extends Omit<Checkpoint, 'origin'> {
  readonly position: Position;
}

export const rememberedKey = 'audit-log';

export const formatRemembered = ({ size, root, position }: Remembered): string =>
  JSON.stringify({ size, root: encodeBase64(root), position });

/** Undefined where there is none, or none that can be read: then everything is read again. */
export function parseRemembered(text: string | undefined): Remembered | undefined {
  if (text === undefined) return undefined;
  try {
    const { size, root, position } = JSON.parse(text) as Record<string, unknown>;
    const hash = typeof root === 'string' ? decodeBase64(root) : undefined;
    if (!Number.isSafeInteger(size) || hash?.length !== 32 || typeof position !== 'string') return undefined;
    return { size: size as number, root: hash, position: position as Position };
  } catch {
    return undefined;
  }
}
