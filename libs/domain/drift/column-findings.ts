import type { ColumnSample, CsvSample } from '#domain/dataset';
import type { DriftFinding } from './events.js';
import { homogeneity, kolmogorovSmirnov, type TestResult } from './samples.js';

/** Rate at which the columns of one dataset, all together, alarm when nothing changed. */
export const familyRate = 0.01;

export type ColumnFindings = {
  readonly findings: readonly DriftFinding[];
  /** Tests that were made, alarm or not. */
  readonly tests: number;
  /** Columns of which nothing could be tested: too many different values that are no numbers. */
  readonly untested: readonly string[];
};

type Test = { readonly column: string; run(alpha: number): TestResult; detail(): string };

/**
 * Columns of two versions of a dataset whose distribution differs. Each test gets the {@link familyRate} divided by the number of tests
 * (Bonferroni), so the rate holds for the dataset as a whole. Rows are taken for independent draws.
 */
export function compareColumns(data: string, a: CsvSample, b: CsvSample): ColumnFindings {
  const after = new Map(b.columns.map((column) => [column.name, column]));
  const before = new Set(a.columns.map(({ name }) => name));
  const shared = a.columns.flatMap((x): [ColumnSample, ColumnSample][] => {
    const y = after.get(x.name);
    return y === undefined ? [] : [[x, y]];
  });
  const tests = shared.flatMap(([x, y]) => testsOf(x, y));
  const alpha = familyRate / Math.max(1, tests.length);
  const alarms = tests.flatMap(({ column, run, detail }): DriftFinding[] => {
    const { alarm, ...result } = run(alpha);
    const together = `one of ${tests.length} tests, ${familyRate * 100} % false alarms together`;
    return alarm ? [finding(data, column, { ...result, detail: `${detail()} (${together})` })] : [];
  });
  const tested = new Set(tests.map(({ column }) => column));
  return {
    findings: [
      ...a.columns.filter(({ name }) => !after.has(name)).map(({ name }) => gone(data, name, 'is gone')),
      ...b.columns.filter(({ name }) => !before.has(name)).map(({ name }) => gone(data, name, 'is new')),
      ...shared.flatMap(([x, y]) => typeChange(data, x, y)),
      ...alarms,
    ],
    tests: tests.length,
    untested: shared.map(([{ name }]) => name).filter((name) => !tested.has(name)),
  };
}

function testsOf(x: ColumnSample, y: ColumnSample): Test[] {
  const column = x.name;
  if (x.numbers && y.numbers) {
    const [p, q] = [x.numbers, y.numbers];
    const shift: Test = {
      column,
      run: (alpha) => kolmogorovSmirnov(p, q, alpha),
      detail: () => `the median ${median(p)} became ${median(q)}`,
    };
    return [shift, ...emptiness(x, y)];
  }
  if (!x.counts || !y.counts || (x.numbers === undefined) !== (y.numbers === undefined))
    return emptiness(x, y);
  const [p, q] = [withEmpty(x, x.counts), withEmpty(y, y.counts)];
  return [{ column, run: (alpha) => homogeneity(p, q, alpha), detail: () => largestShift(p, q) }];
}

/** Whether as many cells are empty as before; asked only where some are. */
function emptiness(x: ColumnSample, y: ColumnSample): Test[] {
  if (x.empty + y.empty === 0) return [];
  const filledOrNot = ({ filled, empty }: ColumnSample): Counts =>
    new Map([
      ['filled', filled],
      ['empty', empty],
    ]);
  const [p, q] = [filledOrNot(x), filledOrNot(y)];
  return [{ column: x.name, run: (alpha) => homogeneity(p, q, alpha), detail: () => largestShift(p, q) }];
}

type Counts = ReadonlyMap<string, number>;

const withEmpty = ({ empty }: ColumnSample, counts: Counts): Counts =>
  empty === 0 ? counts : new Map([...counts, ['', empty]]);

const median = (ascending: readonly number[]): number =>
  Number((ascending[Math.floor(ascending.length / 2)] as number).toPrecision(6));

/** The value whose share of the rows changed most. */
function largestShift(a: Counts, b: Counts): string {
  const share = (counts: Counts, value: string) => (counts.get(value) ?? 0) / Math.max(1, total(counts));
  const values = [...new Set([...a.keys(), ...b.keys()])];
  const shifts = values.map((value) => ({ value, from: share(a, value), to: share(b, value) }));
  const [most] = shifts.sort((x, y) => Math.abs(y.to - y.from) - Math.abs(x.to - x.from));
  if (most === undefined) return 'there are no values';
  const name = most.value === '' ? 'empty cells' : most.value.slice(0, 60);
  return `the share of ${name} ${percent(most.from)} became ${percent(most.to)}`;
}

const total = (counts: Counts): number => [...counts.values()].reduce((sum, count) => sum + count, 0);
const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

/** A column of numbers that is one no more, or the other way round. */
function typeChange(data: string, x: ColumnSample, y: ColumnSample): DriftFinding[] {
  if (x.filled === 0 || y.filled === 0 || (x.numbers === undefined) === (y.numbers === undefined)) return [];
  const detail = x.numbers ? 'held numbers only and does not any more' : 'holds numbers only now';
  return [equality(data, x.name, 'equality of column types', detail)];
}

const gone = (data: string, column: string, detail: string): DriftFinding =>
  equality(data, column, 'equality of columns', detail);

const equality = (data: string, column: string, test: string, detail: string): DriftFinding =>
  finding(data, column, { test, statistic: 1, threshold: 0, n: 2, detail });

const finding = (
  data: string,
  column: string,
  result: Omit<DriftFinding, 'kind' | 'subject'>,
): DriftFinding => ({ kind: 'data', subject: `${data}.${column.slice(0, 120)}`, ...result });
