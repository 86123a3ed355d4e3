/** What is wrong, in words that stay: codes are never used for anything else. */
export const codes = {
  EVENT_CHANGED: 'what is stored is not what was logged',
  EVENT_MISSING: 'it was logged and is not in the event store',
  EVENT_INSERTED: 'it is in the event store and was never logged, though later ones were',
  EVENT_REORDERED: 'it stands at another place than it was logged at',
  EVENT_DOUBLED: 'it is in the event store more than once',
  EVENT_UNREADABLE: 'the event store cannot read it',
  STORE_DAMAGED: 'the event store’s own structure is damaged',
  STREAM_BROKEN: 'a stream has gaps',
  LOG_FILE_MISSING: 'a file of the log is missing',
  LOG_FILE_CHANGED: 'a file of the log is not what the tree says',
  CHECKPOINT_MISSING: 'the log has no checkpoint, though it had',
  CHECKPOINT_INVALID: 'the checkpoint is not one',
  SIGNATURE_WRONG: 'the checkpoint is not signed by a key that was given',
  KEYS_BROKEN: 'the keys of the log do not follow one another as they must',
  WITNESSES_MISSING: 'too few witnesses have cosigned the checkpoint',
  LOG_FORKED: 'the log is not the one that was seen before',
  LOG_ROLLED_BACK: 'the log is shorter than it was',
  ROOT_WRONG: 'what is there does not have the root that was signed',
  REVIEW_DIFFERS: 'a review names a range or a root that the log does not have',
  DISPOSED_WHILE_HELD: 'bytes were disposed of though a hold was in force on them',
  DISPOSED_TOO_EARLY: 'bytes were disposed of before their retention was over',
  DISPOSED_WITHOUT_AUTHORITY: 'bytes were disposed of by nobody’s order',
  CLOCK_BACKWARDS: 'a clock ran backwards within an instance',
  CLOCK_BEHIND: 'a clock was more than 5 s behind another instance’s',
} as const;

export type FindingCode = keyof typeof codes;

export interface Finding {
  readonly code: FindingCode;
  readonly message: string;
  /** In the log. */
  readonly index?: number;
  readonly stream?: string;
  readonly revision?: number;
  readonly eventId?: string;
  /** Path of a file of the log. */
  readonly file?: string;
}

/** Keeps the first findings and counts all. */
export function findingList(most: number) {
  const counts = new Map<FindingCode, number>();
  let kept = 0;
  const fresh: Finding[] = [];
  return {
    add(finding: Finding): void {
      counts.set(finding.code, (counts.get(finding.code) ?? 0) + 1);
      if (kept++ < most) fresh.push(finding);
    },
    /** Whether more of them are only counted. */
    isFull: () => kept >= most,
    /** Those since it was asked last. */
    take: (): readonly Finding[] => fresh.splice(0),
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    counts: (): Readonly<Partial<Record<FindingCode, number>>> => Object.fromEntries(counts),
  };
}

/** Ranges that a text names. */
const namedRanges = 50;

/** Ascending indexes as ranges, `3–5, 9`; of many ranges the first. */
export function rangeList() {
  const found: [number, number][] = [];
  let [count, isMore] = [0, false];
  return {
    add(index: number): void {
      const last = found.at(-1);
      count++;
      if (!isMore && last?.[1] === index - 1) last[1] = index;
      else if (found.length < namedRanges) found.push([index, index]);
      else isMore = true;
    },
    count: () => count,
    text(): string {
      const shown = found.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`));
      return `${shown.join(', ')}${isMore ? ' and more' : ''}`;
    },
  };
}
