import { DomainError } from '#kernel';
import { parseCheckpoint, type Checkpoint, type ReadTile, type Signer } from '#evidence';
import { openTileStore } from '#engines';
import { openSigner } from '#key-store';
import type { TileStore } from '#tile-store';
import type { LogParts } from './log-parts.js';
import { once } from './once.js';
import { readTilesOf } from './read-tiles.js';
import { startSequencer, type Sequencer } from './sequencer.js';
import { openWitnesses, parseWitnesses, type Witness } from './witnesses.js';

export interface LogSettings {
  /** As `HOLDFAST_AUDIT_LOG`. */
  readonly place: string;
  /** As `HOLDFAST_SIGNING_KEY`. */
  readonly signingKey: string;
  readonly signingKeyBefore?: string | undefined;
  readonly origin?: string | undefined;
  /** As `HOLDFAST_WITNESSES`. */
  readonly witnesses?: string | undefined;
  /** `point#count` at which the process is killed; for tests. */
  readonly fault?: string | undefined;
}

/** The audit log of this installation, for all who ask about it. */
export interface AuditLog extends Pick<Sequencer, 'covers' | 'stuckOn' | 'writing' | 'close'> {
  tiles(): Promise<TileStore>;
  read(): Promise<ReadTile>;
  signer(): Promise<Signer>;
  /** Statements of the rotations of its keys, oldest first. */
  keyStatements(): Promise<readonly string[]>;
  readonly witnesses: readonly Witness[];
  /** The newest checkpoint, or one that was kept. @throws LOG_EMPTY, CHECKPOINT_NOT_FOUND */
  checkpoint(size?: number): Promise<{ readonly note: string; readonly checkpoint: Checkpoint }>;
}

type Given = Omit<LogParts, 'tiles' | 'signer' | 'signerBefore' | 'cosign'>;

/** Opens nothing yet: files and keys come with the first event, and idle the log costs nothing. */
export function openAuditLog(settings: LogSettings, given: Given): AuditLog {
  const { place, signingKey, signingKeyBefore, origin, fault } = settings;
  const tiles = once(() => openTileStore(place, { fault }));
  const signer = once(() => openSigner(signingKey, { origin }));
  const before =
    signingKeyBefore === undefined
      ? {}
      : {
          signerBefore: async () =>
            openSigner(signingKeyBefore, { origin: (await signer()).keyName, create: false }),
        };
  const witnesses = settings.witnesses === undefined ? [] : parseWitnesses(settings.witnesses);
  const { clock, onError } = given;
  const cosign = witnesses.length === 0 ? {} : { cosign: openWitnesses({ witnesses, clock, onError }) };
  const sequencer = startSequencer({ ...given, ...cosign, ...before, tiles, signer });
  return {
    ...sequencer,
    tiles,
    signer,
    witnesses,
    keyStatements: async () => given.keyChain.statements((await signer()).keyName),
    read: async () => readTilesOf(await tiles()),
    async checkpoint(size) {
      const path = size === undefined ? 'checkpoint' : `checkpoints/${size}`;
      const bytes = await (await tiles()).read(path);
      if (bytes === undefined) throw size === undefined ? empty() : absent(size);
      const note = Buffer.from(bytes).toString();
      return { note, checkpoint: parseCheckpoint(note) };
    },
    async close() {
      await sequencer.close();
      await tiles.opened()?.then(
        (store) => store.close(),
        () => undefined,
      );
    },
  };
}

const empty = (): DomainError =>
  new DomainError(
    'not-found',
    'LOG_EMPTY',
    'the audit log has no checkpoint yet: nothing was recorded so far',
  );
const absent = (size: number): DomainError =>
  new DomainError(
    'not-found',
    'CHECKPOINT_NOT_FOUND',
    `no checkpoint of ${size} entries was kept; \`audit consistency\` works between any two sizes`,
  );
