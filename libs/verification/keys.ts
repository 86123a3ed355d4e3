import { isDomainError, type JsonObject } from '#kernel';
import { followRotations, keyStreamOf, openRotations, parseJson, type VerifierKey } from '#evidence';
import { presentCheckpoint } from './checkpoints.js';
import type { Finding } from './findings.js';
import type { LogFiles } from './log-files.js';
import type { Readers } from './readers.js';

/** Rotations that are read: a key a week for twenty years. */
const mostRotations = 1000;

/** The given keys, and those that the event store says to have followed them. Where its rotations are no chain the given ones stand alone. */
export async function keysWithFollowers(
  given: readonly VerifierKey[],
  files: LogFiles,
  readers: Readers,
  tell: (finding: Finding) => void,
): Promise<readonly VerifierKey[]> {
  const stream = keyStreamOf((await presentCheckpoint(files))?.origin ?? '');
  const stored = await readers.ask<readonly Uint8Array[]>({ what: 'stream', stream, most: mostRotations });
  try {
    return followRotations(given, openRotations(stored.map(statementOf)));
  } catch (error) {
    if (!isDomainError(error)) throw error;
    tell({ code: 'KEYS_BROKEN', stream, message: `${error.code}: ${error.message}` });
    return given;
  }
}

/** Empty where there is none: that is the statement of nobody. */
function statementOf(bytes: Uint8Array): string {
  const { data } = (parseJson(bytes) ?? {}) as { readonly data?: JsonObject | null };
  const statement = data?.['statement'];
  return typeof statement === 'string' ? statement : '';
}
