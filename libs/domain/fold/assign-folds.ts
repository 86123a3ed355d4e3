import { DomainError } from '#kernel';
import { comparePaths } from '#evidence';
import type { PinnedFolds } from '#domain/manifest';
import { drawFrom, shuffle, type Draw } from './generator.js';

/** The rows of a partition. */
export type Rows = {
  readonly count: number;
  /** Value of the column to stratify by, of each row. */
  readonly labels?: readonly string[];
};

/** Order in which rows are dealt, one to each fold in turn. */
type Algorithm = (rows: Rows, draw: Draw) => Iterable<number>;

/** By name and version. What one of them gives for a seed never changes; a better one has another name. */
const algorithms: Readonly<Record<string, Algorithm>> = {
  'k-fold/1': ({ count }, draw) =>
    shuffle(
      Uint32Array.from({ length: count }, (_, row) => row),
      draw,
    ),
  'stratified-k-fold/1': stratified,
};

/**
 * Classes in byte order of their label, each shuffled, dealt as one row: of every class, and in all, no two folds differ by more
 * than one.
 */
function* stratified({ count, labels = [] }: Rows, draw: Draw): Iterable<number> {
  if (labels.length !== count) throw new Error(`${count} rows have ${labels.length} labels`);
  const classes = new Map<string, number[]>();
  for (const [row, label] of labels.entries()) {
    const rows = classes.get(label);
    if (rows) rows.push(row);
    else classes.set(label, [row]);
  }
  for (const label of [...classes.keys()].sort(comparePaths))
    yield* shuffle(Uint32Array.from(classes.get(label) ?? []), draw);
}

/**
 * The fold that each row is held out in.
 * @throws FOLD_ALGORITHM_UNKNOWN, FOLDS_TOO_MANY when there are fewer rows than folds
 */
export function assignFolds({ algorithm, k, seed }: PinnedFolds, rows: Rows): Uint16Array {
  const order = Object.hasOwn(algorithms, algorithm) ? algorithms[algorithm] : undefined;
  if (order === undefined) {
    const known = Object.keys(algorithms).join(', ');
    const message = `this release knows no folds by ${algorithm}; it knows ${known}`;
    throw new DomainError('invalid', 'FOLD_ALGORITHM_UNKNOWN', message);
  }
  if (rows.count < k) {
    const message = `${rows.count} rows cannot be held out in ${k} folds; take fewer folds or more rows`;
    throw new DomainError('invalid', 'FOLDS_TOO_MANY', message);
  }
  const foldOf = new Uint16Array(rows.count);
  let dealt = 0;
  for (const row of order(rows, drawFrom(seed, algorithm))) foldOf[row] = dealt++ % k;
  return foldOf;
}
