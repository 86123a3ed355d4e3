import type { Manifest, PinnedData } from '#domain/manifest';
import { checkFilter, columnProblems } from '#domain/row-filter';
import type { Lock } from './lock.js';
import { relock, type CatalogueAnswers, type ReportField } from './resolution.js';
import type { Blueprint, BlueprintData } from './schema.js';

export function resolveData(
  blueprint: Blueprint,
  lock: Lock,
  answers: CatalogueAnswers,
  report: ReportField,
): Manifest['pinned']['data'] {
  const declared = Object.entries(blueprint.data ?? {});
  for (const name of Object.keys(lock.data))
    if (!Object.hasOwn(blueprint.data ?? {}, name))
      report('LOCK_STALE', `data.${name}`, 'the lock holds data that the blueprint has not', relock, name);
  const resolved = declared.flatMap(([name, data]): [string, PinnedData][] => {
    const field = `data.${name}`;
    const pin = Object.hasOwn(lock.data, name) ? lock.data[name] : undefined;
    if (pin === undefined) {
      report('DATA_UNPINNED', field, 'is not in the lock', relock);
      return [];
    }
    if ('dataset' in data && data.dataset !== pin.dataset)
      report('LOCK_STALE', `${field}.dataset`, `the lock holds ${pin.dataset}`, relock, data.dataset);
    const answer = Object.hasOwn(answers.datasets, pin.dataset) ? answers.datasets[pin.dataset] : undefined;
    if (answer === undefined)
      report(
        'DATASET_UNKNOWN',
        field,
        'is not in the catalogue',
        'add it: `holdfast dataset add`',
        pin.dataset,
      );
    else if (answer.digest !== pin.digest || answer.format !== pin.format)
      report(
        'DATASET_DIFFERS',
        field,
        `the catalogue holds other bytes as ${pin.dataset}: ${answer.digest}`,
        relock,
        pin.digest,
      );
    if (pin.format !== 'csv' && (data.where !== undefined || data.folds !== undefined))
      report(
        'PARTITION_NOT_CSV',
        field,
        'where and folds need rows, and so a CSV',
        'remove them',
        pin.format,
      );
    checkColumns(field, data, answer?.columns, report);
    return [[name, pinnedData(data, pin, blueprint.seed)]];
  });
  return Object.fromEntries(resolved);
}

function checkColumns(
  field: string,
  data: BlueprintData,
  columns: readonly string[] | undefined,
  report: ReportField,
) {
  if (columns === undefined) return;
  const filter = data.where === undefined ? undefined : checkFilter(data.where).filter;
  for (const { code, message, found, fix = '' } of filter ? columnProblems(filter, columns) : [])
    report(code, `${field}.where`, message, fix, found);
  const stratify = data.folds?.stratify;
  if (stratify === undefined || columns.includes(stratify)) return;
  const fix = `take one of ${columns.slice(0, 20).join(', ')}`;
  report('COLUMN_UNKNOWN', `${field}.folds.stratify`, 'the data has no such column', fix, stratify);
}

function pinnedData({ where, folds }: BlueprintData, pin: Lock['data'][string], seed: number): PinnedData {
  const { digest, format } = pin;
  if (folds === undefined) return { digest, format, ...(where === undefined ? {} : { where }) };
  const algorithm = folds.stratify === undefined ? 'k-fold/1' : 'stratified-k-fold/1';
  const pinned = { algorithm, k: folds.k, seed: folds.seed ?? seed };
  return {
    digest,
    format,
    ...(where === undefined ? {} : { where }),
    folds: folds.stratify === undefined ? pinned : { ...pinned, stratify: folds.stratify },
  };
}
