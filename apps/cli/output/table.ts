import { printable } from './terminal.js';

export interface Column<Row> {
  readonly title: string;
  value(row: Row): string | number | undefined;
  readonly align?: 'left' | 'right';
  /** The title is a name that somebody wrote: shown as it is. */
  readonly named?: true;
  /** Only with `-o wide`. */
  readonly wide?: boolean;
}

/**
 * Rows in columns two spaces apart; one line a row, whatever the cells hold.
 * @param width what is beyond it is cut off
 */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  wide = false,
  width = Infinity,
): string {
  const shown = columns.filter((column) => wide || !column.wide);
  const cells = rows.map((row) => shown.map((column) => cell(column.value(row))));
  const widths = shown.map((column, i) =>
    Math.max(column.title.length, ...cells.map((line) => (line[i] as string).length)),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) =>
        shown[i]?.align === 'right' ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [
    line(shown.map(({ title, named }) => (named ? printable(title) : title.toUpperCase()))),
    ...cells.map(line),
  ]
    .map((text) => clipped(text, width))
    .join('\n');
}

/** At most so many characters; the last is an ellipsis when some are missing. */
export const clipped = (text: string, width: number): string => {
  const most = Math.max(20, width);
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
};

const cell = (value: string | number | undefined): string =>
  value === undefined || value === '' ? '–' : printable(String(value)).replace(/\s+/g, ' ');

/** `name  value` lines for one thing. */
export function facts(pairs: readonly (readonly [string, string | number | undefined])[]): string {
  const present = pairs.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width)}  ${printable(String(value))}`).join('\n');
}
