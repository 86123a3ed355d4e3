import type { Result, Target } from './figure.js';

/** Three digits that count. */
export const shown = (value: number | undefined): string =>
  value === undefined
    ? '–'
    : Math.abs(value) >= 100
      ? Math.round(value).toLocaleString('en')
      : String(Number(value.toPrecision(3)));

export function targetText(target: Target | undefined, unit: string): string {
  if (target === undefined) return '';
  const bound = 'atLeast' in target ? `≥ ${shown(target.atLeast)}` : `≤ ${shown(target.atMost)}`;
  return target.of === 'ratio' ? `${bound} × limit` : `${bound} ${unit}`;
}

const verdict = ({ met, failed }: Result): string =>
  failed !== undefined ? 'NONE' : met === undefined ? '' : met ? 'yes' : 'NO';

/** For people: one line for each figure, and below it what was made smaller or went wrong. */
export function table(results: readonly Result[]): string {
  const head = ['figure', 'value', 'unit', 'limit', 'ratio', 'target', 'met'];
  const rows = results.map((result) => {
    const { figure, value, limit, ratio } = result;
    const numbers = [shown(value), figure.unit, shown(limit), shown(ratio)];
    return [figure.name, ...numbers, targetText(figure.target, figure.unit), verdict(result)];
  });
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => (row[i] ?? '').length)));
  const right = new Set([1, 3, 4]);
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (right.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  const notes = results.flatMap(({ figure, smaller, failed }) => [
    ...(smaller === undefined ? [] : [`${figure.name}: ${smaller}`]),
    ...(failed === undefined ? [] : [`${figure.name}: not measured: ${failed}`]),
  ]);
  return [line(head), ...rows.map(line), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

/** For programs: one object a line. */
export const jsonLine = ({ figure, value, limit, ratio, met, pairs, smaller, failed }: Result): string => {
  const { name, title, unit, limit: limitIs, target } = figure;
  const asked = targetText(target, unit);
  return JSON.stringify({
    ...{ name, title, value: value ?? null, unit, limit: limit ?? null, limitIs, ratio: ratio ?? null },
    ...{ target: asked === '' ? null : asked, met: met ?? null, pairs },
    ...(smaller === undefined ? {} : { smaller }),
    ...(failed === undefined ? {} : { failed }),
  });
};
