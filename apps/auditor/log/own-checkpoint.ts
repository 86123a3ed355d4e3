import { DomainError, isDomainError } from '#kernel';
import { openCheckpoint, signRotation, type Checkpoint, type Signer, type VerifierKey } from '#evidence';
import type { TileStore } from '#tile-store';
import type { LogParts } from './log-parts.js';

/**
 * The newest checkpoint, by our own key. Where it is by the one before, that one announces the present key in `keys/`, signed by both, before
 * anything is signed with it.
 * @throws LOG_KEY_UNKNOWN, NOTE_SIGNATURE_WRONG, CHECKPOINT_MALFORMED
 */
export async function openOwn(
  { signer, signerBefore }: LogParts,
  tiles: TileStore,
  note: string,
): Promise<Checkpoint> {
  const present = await signer();
  try {
    return openCheckpoint(note, { keys: [keyOf(present)] });
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'NOTE_UNSIGNED') throw error;
  }
  const before = await signerBefore?.();
  try {
    const checkpoint = openCheckpoint(note, { keys: before === undefined ? [] : [keyOf(before)] });
    if (before !== undefined) await announce(tiles, checkpoint.size, await signRotation(before, present));
    return checkpoint;
  } catch (cause) {
    const message =
      'the newest checkpoint is not signed by this installation’s key; name the one before it with HOLDFAST_SIGNING_KEY_BEFORE, or give the log another place';
    throw new DomainError('integrity', 'LOG_KEY_UNKNOWN', message, { cause });
  }
}

const keyOf = ({ keyName, publicKey }: Signer): VerifierKey => ({
  name: keyName,
  algorithm: 'ed25519',
  publicKey,
});

const folder = 'keys';

/** Under the size of the log at which it was made: once for each key. */
const announce = (tiles: TileStore, size: number, note: string): Promise<void> =>
  tiles.write([{ path: `${folder}/${size}`, bytes: Buffer.from(note) }]);

/** All announcements of keys, oldest first. */
export async function readAnnouncements(tiles: TileStore): Promise<readonly string[]> {
  const names = (await tiles.list(folder)).filter((name) => /^\d{1,16}$/.test(name));
  const sorted = names.sort((a, b) => Number(a) - Number(b));
  const notes = await Promise.all(sorted.map((name) => tiles.read(`${folder}/${name}`)));
  return notes.filter((note) => note !== undefined).map((note) => Buffer.from(note).toString());
}
