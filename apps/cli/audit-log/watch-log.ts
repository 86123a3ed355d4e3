import { DomainError, isDomainError } from '#kernel';
import {
  followRotations,
  openCheckpoint,
  openNote,
  openRotations,
  parseCheckpoint,
  parseVerifierKey,
  verifyConsistency,
  type CheckpointPolicy,
  type Checkpoint,
  type OpenedCheckpoint,
  type VerifierKey,
} from '#evidence';
import type { Connection } from '#rpc';
import { readKeys, witnessesNeeded } from '../read-keys.js';
import type { Session } from '../session.js';
import { stateDirOf } from '../settings.js';
import { texts, type Options } from '../verb.js';
import { readSeen, seenFile, writeSeen } from './seen-checkpoint.js';

export interface WatchedLog {
  readonly note: string;
  readonly checkpoint: OpenedCheckpoint;
  /** What any other checkpoint of this log must satisfy. */
  readonly policy: CheckpointPolicy;
}

/** Keys and witnesses that the options name. @throws OPTION_INVALID, KEY_INVALID, KEY_UNREADABLE */
export async function policyOf(options: Options): Promise<CheckpointPolicy> {
  const witnesses = await readKeys('--witness', texts(options, 'witness'));
  return {
    keys: await readKeys('--key', texts(options, 'key')),
    witnesses,
    witnessesNeeded: witnessesNeeded(options, witnesses.length, witnesses.length),
  };
}

/**
 * The newest checkpoint of the server's log, held against the last one that this user saw of it and remembered in its place. Keys that are
 * not given are those by which the log was seen first.
 * @throws LOG_ROLLED_BACK, LOG_FORKED, NOTE_UNSIGNED, NOTE_SIGNATURE_WRONG, WITNESSES_MISSING, LOG_EMPTY
 */
export async function watchLog(session: Session, given: CheckpointPolicy): Promise<WatchedLog> {
  const { auditor } = await session.connection();
  const { checkpoint: note } = await auditor.getCheckpoint({}, { repeatable: true });
  const { origin } = parseCheckpoint(note);
  const file = seenFile(stateDirOf(session.env), origin);
  const seen = readSeen(file);
  const keys = given.keys.length > 0 ? given.keys : (seen?.keys ?? (await firstKeys(session, auditor)));
  const policy = { ...given, keys: await withAnnounced(auditor, keys, note) };
  const checkpoint = openCheckpoint(note, policy);
  if (seen !== undefined) await followsFrom(auditor, seen.checkpoint, checkpoint, file);
  // Those of a PEM file are named after the log that they have signed; one that another has followed is not believed any more.
  const named = policy.keys
    .filter(({ lastSize = Infinity }) => checkpoint.size <= lastSize)
    .map((key): VerifierKey => ({ ...key, name: key.name ?? origin }));
  if (seen?.note !== note && !writeSeen(file, named, note))
    session.terminal.note(`the checkpoint cannot be kept in ${file}: a rollback will not be noticed`);
  return { note, checkpoint, policy };
}

type Auditor = Connection['auditor'];

/** A note that the known keys have not signed may be by one that they have announced since. */
async function withAnnounced(
  auditor: Auditor,
  keys: readonly VerifierKey[],
  note: string,
): Promise<readonly VerifierKey[]> {
  try {
    openNote(note, keys);
    return keys;
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'NOTE_UNSIGNED') throw error;
  }
  const answer = await auditor.getSigningKeys({}, { repeatable: true });
  return followRotations(keys, rotationsOf(answer));
}

const rotationsOf = ({
  keys,
}: {
  readonly keys: readonly { readonly announcement?: string | undefined }[];
}) => openRotations(keys.flatMap(({ announcement }) => announcement ?? []));

async function firstKeys({ terminal }: Session, auditor: Auditor): Promise<readonly VerifierKey[]> {
  const answer = await auditor.getSigningKeys({}, { repeatable: true });
  terminal.note(
    `the log ${answer.origin} was not seen before: its key is remembered, compare it with \`--key\` of whoever runs it`,
  );
  const keys = answer.keys.map(({ key }) => parseVerifierKey(key));
  return followRotations(keys, rotationsOf(answer));
}

/** @param file where it is remembered. @throws LOG_ROLLED_BACK, LOG_FORKED */
async function followsFrom(auditor: Auditor, seen: Checkpoint, now: Checkpoint, file: string): Promise<void> {
  const meant = `whoever has restored an older backup, and means it, removes ${file}`;
  if (now.size < seen.size)
    throw integrity(
      'LOG_ROLLED_BACK',
      `the log ${now.origin} has ${now.size} entries; it had ${seen.size} when it was seen last; ${meant}`,
    );
  if (await continues(auditor, seen, now)) return;
  throw integrity(
    'LOG_FORKED',
    `the log ${now.origin} does not begin with the ${seen.size} entries that it had when it was seen last; ${meant}`,
  );
}

/** Whether the server can prove that the later checkpoint continues the earlier one; never by what the server says of roots. */
export async function continues(auditor: Auditor, earlier: Checkpoint, later: Checkpoint): Promise<boolean> {
  if (earlier.size === later.size) return verifyConsistency(earlier, later, []);
  const proof = await auditor.proveConsistency(
    { fromSize: earlier.size, toSize: later.size },
    { repeatable: true },
  );
  return verifyConsistency(earlier, later, proof.hashes);
}

const integrity = (code: string, message: string): DomainError => new DomainError('integrity', code, message);
