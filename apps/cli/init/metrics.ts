import type { Detection } from './detection.js';

type Metrics = Detection['metrics'];

const before = /([A-Za-z][A-Za-z0-9_./-]{0,126})\s*[:=]\s*$/;
/** Printed beside results, but no result: a time differs in every run. */
const notResults =
  /^(?:(?:.*[_-])?(?:time|elapsed|duration|seconds|secs|ms|took|epoch|epochs|step|steps|iter|iteration|batch|fold|seed|lr|eta|date|pid|id|path|file|device|version|n|k|i))$/i;
const smaller = /(?:loss|err(?:or)?|rmse|mse|mae|mape|brier|perplexity|nll|cost|regret|wer|cer|fid)$/i;
const larger = /(?:acc(?:uracy)?|auc|auroc|f1|precision|recall|r2|score|dice|iou|bleu|reward|kappa|mcc)$/i;

/** The names of numbers that a script prints as `accuracy: 0.93` or `accuracy=0.93`. */
export function metricsOf(texts: readonly string[]): Metrics {
  const names = texts.flatMap((text) => before.exec(text)?.[1] ?? []);
  return [...new Set(names)]
    .filter((name) => !notResults.test(name))
    .slice(0, 100)
    .map((name) => ({
      name,
      goal: smaller.test(name) ? 'minimize' : larger.test(name) ? 'maximize' : 'none',
    }));
}
