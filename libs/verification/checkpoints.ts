import {
  encodeBase64,
  emptyRoot,
  openCheckpoint,
  parseCheckpoint,
  type Checkpoint,
  type CheckpointPolicy,
  type OpenedCheckpoint,
} from '#evidence';
import { isDomainError } from '#kernel';
import type { Finding, FindingCode } from './findings.js';
import { sameBytes } from './hashes.js';
import type { LogFiles } from './log-files.js';

/** What the log must hold still. */
export interface Remembered {
  readonly size: number;
  readonly root: Uint8Array;
  /** Who says so, such as `checkpoints/256`. */
  readonly from: string;
}

export interface Heads {
  /** The largest that is signed as it must be; undefined for none. */
  readonly head: OpenedCheckpoint | undefined;
  readonly remembered: readonly Remembered[];
}

const codeOf: Readonly<Record<string, FindingCode>> = {
  NOTE_UNSIGNED: 'SIGNATURE_WRONG',
  NOTE_SIGNATURE_WRONG: 'SIGNATURE_WRONG',
  KEY_RETIRED: 'SIGNATURE_WRONG',
  WITNESSES_MISSING: 'WITNESSES_MISSING',
};
const decimal = /^(?:0|[1-9]\d{0,15})$/;

/** Reads the checkpoint and those that were kept; what the present one says counts for as much as it is signed. */
export async function readCheckpoints(
  files: LogFiles,
  policy: CheckpointPolicy,
  seen: readonly string[],
  tell: (finding: Finding) => void,
): Promise<Heads> {
  const text = async (file: string) => {
    const bytes = await files.read(file);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString();
  };
  const open = (note: string, file: string, rule: CheckpointPolicy): OpenedCheckpoint | undefined => {
    try {
      return openCheckpoint(note, rule);
    } catch (error) {
      if (!isDomainError(error)) throw error;
      tell({ code: codeOf[error.code] ?? 'CHECKPOINT_INVALID', file, message: error.message });
      return undefined;
    }
  };
  const kept: OpenedCheckpoint[] = [];
  const names = (await files.list('checkpoints')).filter((name) => decimal.test(name));
  for (const name of names.sort((a, b) => Number(a) - Number(b))) {
    const file = `checkpoints/${name}`;
    const note = await text(file);
    // The log keeps only some of its checkpoints; this one has gone meanwhile.
    if (note === undefined) continue;
    const opened = open(note, file, { keys: policy.keys });
    if (opened !== undefined && opened.size !== Number(name))
      tell({ code: 'CHECKPOINT_INVALID', file, message: `it is of size ${opened.size}` });
    else if (opened !== undefined) kept.push(opened);
  }
  const note = await text('checkpoint');
  const present = note === undefined ? undefined : openPresent(note, policy, open);
  const heads = [...(present === undefined ? [] : [present]), ...kept];
  const head = heads.reduce<OpenedCheckpoint | undefined>(
    (largest, one) => (largest === undefined || one.size > largest.size ? one : largest),
    undefined,
  );
  if (note === undefined && (head !== undefined || seen.length > 0))
    tell({
      code: 'CHECKPOINT_MISSING',
      file: 'checkpoint',
      message: 'there is no checkpoint, though there was',
    });
  if (present !== undefined && head !== undefined && present.size < head.size)
    tell({
      ...{ code: 'LOG_ROLLED_BACK', file: 'checkpoint' },
      message: `its checkpoint is of size ${present.size}; checkpoints/${head.size} was signed before`,
    });
  return {
    head,
    remembered: [
      ...heads.map((one) => ({
        size: one.size,
        root: one.root,
        from: one === present ? 'checkpoint' : `checkpoints/${one.size}`,
      })),
      ...seen.flatMap((one) => wasSeen(one, tell)),
    ],
  };
}

/** What the present one says, signed or not; undefined where there is none that can be read. */
export async function presentCheckpoint(files: LogFiles): Promise<Checkpoint | undefined> {
  try {
    return parseCheckpoint(Buffer.from((await files.read('checkpoint')) ?? []).toString());
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return undefined;
  }
}

/** One that its log has signed counts even where too few witnesses have. */
function openPresent(
  note: string,
  policy: CheckpointPolicy,
  open: (note: string, file: string, rule: CheckpointPolicy) => OpenedCheckpoint | undefined,
): OpenedCheckpoint | undefined {
  const whole = open(note, 'checkpoint', policy);
  if (whole !== undefined || (policy.witnessesNeeded ?? 0) === 0) return whole;
  try {
    return openCheckpoint(note, { keys: policy.keys });
  } catch {
    return undefined;
  }
}

function wasSeen(note: string, tell: (finding: Finding) => void): Remembered[] {
  try {
    const { size, root }: Checkpoint = parseCheckpoint(note);
    return [{ size, root, from: 'a checkpoint that was seen before' }];
  } catch (error) {
    if (!isDomainError(error)) throw error;
    tell({ code: 'CHECKPOINT_INVALID', message: `a checkpoint that was seen before: ${error.message}` });
    return [];
  }
}

/** Holds the tree against everything that is remembered of it. @returns how many of them it still holds */
export function compareRoots(
  { head, remembered }: Heads,
  rootAt: (size: number) => Uint8Array | undefined,
  tell: (finding: Finding) => void,
): number {
  const size = head?.size ?? 0;
  let [held, lastHeld] = [0, 0];
  let isWrong = false;
  for (const one of [...remembered].sort((a, b) => a.size - b.size)) {
    if (one.size > size) {
      tell({
        code: 'LOG_ROLLED_BACK',
        message: `${one.from} is of size ${one.size}, the log has ${size}`,
      });
      continue;
    }
    const root = one.size === 0 ? emptyRoot : rootAt(one.size);
    if (sameBytes(root, one.root)) {
      held++;
      lastHeld = one.size;
      continue;
    }
    const differs = `what is there has root ${root === undefined ? 'none' : encodeBase64(root)} at size ${one.size}, ${one.from} has ${encodeBase64(one.root)}`;
    const isSigned = one.from.startsWith('checkpoint');
    tell({
      code: isSigned ? 'ROOT_WRONG' : 'LOG_FORKED',
      ...(isSigned ? { file: one.from } : {}),
      message: isWrong ? differs : `${differs}; up to size ${lastHeld} it is as it was signed`,
    });
    isWrong = true;
  }
  return held;
}
