import { canonicalize } from '#evidence';
import type { PinnedFolds } from '#domain/manifest';

const piece = 8192;

/**
 * `folds.json` in pieces, together its canonical JSON: `{algorithm, folds: [{fold, test, train}], k, rows, seed, stratify?}`. Rows
 * are counted from 0 in the partition, ascending.
 */
export function* foldsText(folds: PinnedFolds, foldOf: Uint16Array): Generator<string, void> {
  const { algorithm, k, seed, stratify } = folds;
  yield `{"algorithm":${canonicalize(algorithm)},"folds":[`;
  for (let fold = 0; fold < k; fold++) {
    yield `${fold === 0 ? '' : ','}{"fold":${fold},"test":[`;
    yield* rowsText(foldOf, (at) => at === fold);
    yield '],"train":[';
    yield* rowsText(foldOf, (at) => at !== fold);
    yield ']}';
  }
  yield `],"k":${k},"rows":${foldOf.length},"seed":${seed}`;
  yield stratify === undefined ? '}' : `,"stratify":${canonicalize(stratify)}}`;
}

function* rowsText(foldOf: Uint16Array, wanted: (fold: number) => boolean): Generator<string, void> {
  let rows: number[] = [];
  let first = true;
  for (const [row, fold] of foldOf.entries()) {
    if (wanted(fold)) rows.push(row);
    if (rows.length < piece) continue;
    yield `${first ? '' : ','}${rows.join(',')}`;
    [rows, first] = [[], false];
  }
  if (rows.length > 0) yield `${first ? '' : ','}${rows.join(',')}`;
}
